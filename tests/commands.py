from src.commands.__main__ import main


def run_command(*arguments: str) -> None:
    """Run ``python -m src.commands``. Raises ``SystemExit`` if it fails."""
    try:
        main([*arguments])
    except SystemExit as end:
        if end.code:
            raise
