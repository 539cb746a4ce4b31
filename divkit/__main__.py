"""`python -m divkit`: the command line, where no script of that name is on the path."""

from divkit.cli.main import main

if __name__ == "__main__":
    main()
