# Fits by R's ks and logspline, asked over stdin: a line "method x1 x2 ..." is answered by a line of
# x1, CPU seconds and numbers. hpi: the bandwidth. logspline: the ends of its bounds, the line, then
# knots and coefficients of (x - t)^3_+ of its log density.
suppressMessages({library(ks); library(logspline)})
input <- file("stdin", "r")
while (length(asked <- readLines(input, 1)) > 0) {
  words <- strsplit(asked, " ")[[1]]
  x <- as.numeric(words[-1])
  start <- sum(proc.time()[1:2])
  sink(stderr())  # logspline prints on samples that it has no fit for
  found <- tryCatch(switch(words[1],
    hpi = hpi(x),
    logspline = { f <- logspline(x); c(f$coef.pol, f$knots, f$coef.kts) }
  ), error = function(e) numeric(0))
  sink()
  spent <- sum(proc.time()[1:2]) - start
  cat(words[2], sprintf("%.17g", c(spent, found)), "\n")
  flush(stdout())
}
