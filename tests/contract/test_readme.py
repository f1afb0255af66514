"""The README agrees with the code."""

from pathlib import Path

from tidings_server.setting_variables import table

README = Path(__file__).parents[2] / "README.md"


def test_the_table_of_settings_is_that_of_the_code() -> None:
    text = README.read_text()
    written = text.partition("<!-- settings: made by `tidings-server settings` -->\n")[2]
    assert written.partition("\n<!-- end of settings -->")[0] == table()
