# KL(p || q) by FNN's KL.divergence, k = 5, for divkit's benchmark of estimators:
#   divkit bench run --estimator "FNN=program:Rscript fnn.R" --problems shift1:kl --ledger rows.sqlite
# Standard input: x, then y, as .npy files of format 1.0 (float64, rows one after another).
suppressMessages(library(FNN))
if (Sys.getenv("DIVKIT_DIVERGENCE") != "kl") stop("FNN estimates KL alone")

read_npy <- function(con) {
  readBin(con, "raw", 8)  # the magic bytes and the version
  length <- readBin(con, "integer", 1, size = 2, signed = FALSE, endian = "little")
  header <- rawToChar(readBin(con, "raw", length))
  shape <- as.integer(regmatches(header, gregexpr("[0-9]+(?=[,)])", header, perl = TRUE))[[1]])
  rows <- readBin(con, "double", prod(shape), endian = "little")
  matrix(rows, nrow = shape[1], byrow = TRUE)
}

input <- file("stdin", "rb")
x <- read_npy(input)
y <- read_npy(input)
cat(sprintf("%.17g\n", KL.divergence(x, y, k = 5)[5]))
