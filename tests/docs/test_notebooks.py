"""The notebooks run from their first cell to their last."""

import ast
import asyncio
import inspect
import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "examples").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_a_notebook_runs(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    codes = [cell for cell in cells if cell["cell_type"] == "code"]

    async def run() -> None:  # as IPython does: one loop, in which cells may await
        for cell in codes:
            code = compile("".join(cell["source"]), notebook.name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if inspect.iscoroutine(awaited := eval(code, names)):
                await awaited

    asyncio.run(run())
    assert codes
    assert all(not cell["outputs"] for cell in codes), "outputs are not kept in the repository"
    assert "rows" in capsys.readouterr().out
