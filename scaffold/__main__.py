import sys

try:
    from scaffold.commands.app import main
except ModuleNotFoundError as error:  # make run installs less than the generator needs
    sys.exit(f"{error.name} is not installed. Run make .venv/.development, then try again.")

main()
