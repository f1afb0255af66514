"""`python -m tidings_cli`: the same as `tidings`."""

from tidings_cli.app import main

if __name__ == "__main__":
    main()
