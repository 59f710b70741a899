"""The notebook of the documentation: it runs from the first cell to the last, and its results are those of the package."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.scan.run import Scan

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebook.ipynb"

#: Run in the kernel behind the last cell: what the cells left behind, as JSON.
RESULTS = """
import json
print(json.dumps({
    "counts": dict(scan.run.counts),
    "columns": len(places.columns),
    "crs": places.crs.to_epsg(),
    "verdicts": {str(name): int(n) for name, n in places["verdict_class"].value_counts().items()},
    "doubtful": len(doubtful),
    "wider": dict(wider.run.counts),
    "moved": {str(name): int(n) for name, n in moved.table["change"].value_counts().items()},
    "closest": [closest, str(facts.outcome.name), facts.deciding, facts.near_miss],
    "other": dict(other.run.counts),
    "lost": int(difference.difference.lost.sum()),
}))
"""


def test_the_notebook_is_kept_without_results() -> None:
    """Ten cells, none of them run: results would be out of date, and a web map is large."""
    book = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(book)
    assert len(book.cells) == 10
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert NOTEBOOK.stat().st_size < 10_000


@pytest.mark.timeout(900)
def test_the_notebook_runs_and_its_results_hold(
    tmp_path: Path, scan_of: Callable[[str], Scan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One kernel, in an empty folder; the cells leave behind what the package says when asked directly."""
    monkeypatch.delenv("MPLBACKEND", raising=False)  # Streamlit sets it for the whole process
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(NOTEBOOK.parents[1]), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    book = nbformat.read(NOTEBOOK, as_version=4)
    book.cells.append(nbformat.v4.new_code_cell(RESULTS))
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    found: dict[str, Any] = json.loads(book.cells[-1].outputs[0].text)
    scan, other = scan_of("hardenberg-2025"), scan_of("demo-nearby")
    assert found["counts"] == dict(scan.run.counts)
    assert found["other"] == dict(other.run.counts)
    assert found["crs"] == 28992
    assert found["columns"] > 100
    assert found["verdicts"]["unknown"] == found["doubtful"] == scan.run.counts["unknown"]
    assert found["verdicts"]["near_miss"] == scan.run.counts["near_miss"]
    assert found["wider"]["fail"] == scan.run.counts["fail"] - found["moved"]["gained"] < scan.run.counts["fail"]
    assert found["moved"]["lost"] == 0  # a wider edge takes no parcel away
    parcel, *card = found["closest"]
    assert card == ["FAIL", "public_road", True]
    margin = scan.findings["public_road"].margin[scan.index_of(parcel)]
    assert -0.5 < margin < 0
    kept = (scan.verdicts.best > 0) & (other.verdicts.best == 0)
    assert found["lost"] == int(kept.sum())
    _check_outputs(book)


def _check_outputs(book: Any) -> None:
    """Check that every cell shows what it is for, and that nothing was said on standard error."""
    shown = {cell.id: cell.outputs for cell in book.cells if cell.cell_type == "code"}
    kinds = {name: [kind for out in outs for kind in out.get("data", {})] for name, outs in shown.items()}
    text = {name: "".join(out.text for out in outs if out.output_type == "stream") for name, outs in shown.items()}
    assert not [out for outs in shown.values() for out in outs if out.get("name") == "stderr"]
    assert "image/png" in kinds["plot"]
    assert "image/png" in kinds["compare"]
    assert "text/html" in kinds["explore"]
    assert "at most 100 m instead of at most 25 m" in text["limit"]
    assert text["explain"].startswith("Parcel afgeleid-")
    assert "Drop off the longlist: " in text["compare"]
