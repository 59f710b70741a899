"""Scaffold of a criterion: its file, test, sentences, registry line and entry in the documentation.

``make new-criterion id=compactness unit=1 document=hardenberg-2025``. The scaffold passes `make lint`; its test fails
until the measure and the answers worked out by hand are written. What remains: docs/adding-a-criterion.md.
"""

from __future__ import annotations

import argparse
import keyword
import re
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import Final

import yaml

from suitability.core.units import UNITS

ROOT: Final = Path(__file__).parents[1]
TEMPLATES: Final = Path(__file__).parent / "templates"
PAGE: Final = "docs/adding-a-criterion.md"

_REGISTRY: Final = "suitability/criteria/__init__.py"
_REGISTERED: Final = re.compile(r'^    "([a-z0-9_]+)",$', re.MULTILINE)

#: Sentences that are true of any criterion, by language and outcome.
_SENTENCES: Final = {
    "nl": {
        "within": "{label}: {value}. De grenswaarde is {limit}; {margin} marge.",
        "beyond": "{label}: {value}. De grenswaarde is {limit}; het scheelt {margin}.",
        "unknown": "{label}: niet bekend.",
    },
    "en": {
        "within": "{label}: {value}. The limit is {limit}; {margin} to spare.",
        "beyond": "{label}: {value}. The limit is {limit}; {margin} outside the limit.",
        "unknown": "{label}: not known.",
    },
}


def registered(root: Path) -> list[str]:
    """Return the ids in the registry, in its order."""
    return _REGISTERED.findall((root / _REGISTRY).read_text(encoding="utf-8"))


def problems(root: Path, name: str, unit: str, document: str) -> list[str]:
    """Return a sentence for each reason why the criterion cannot be made; empty when it can."""
    said = []
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        said.append(f"id: found '{name}', expected a name of small letters, digits and _, for example compactness.")
    elif name in registered(root):
        said.append(f"id: '{name}' exists already; see suitability/criteria/{name}.py, or choose another name.")
    else:
        said += [
            f"id: '{name}' cannot be used: {path} exists already." for path in _files(name) if (root / path).exists()
        ]
    documents = yaml.safe_load((root / "config/documents.yaml").read_text(encoding="utf-8"))
    if unit not in UNITS:
        said.append(f"unit: found '{unit}', expected one of {', '.join(UNITS)}; a new one is added first, see {PAGE}.")
    if document not in documents:
        known = ", ".join(documents)
        said.append(
            f"document: found '{document}', expected one of {known}; a new one is added to config/documents.yaml first."
        )
    return said


def write(root: Path, name: str, unit: str, document: str) -> list[str]:
    """Write all parts of a criterion without problems; return the paths written, from the root."""
    words = name.replace("_", " ")
    class_name = "".join(part.capitalize() for part in name.split("_"))
    fields = {"id": name, "unit": unit, "document": document, "class_name": class_name, "title": words.capitalize()}
    for path, template in _files(name).items():
        text = Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(fields)
        (root / path).write_text(text, encoding="utf-8")
    known = registered(root)
    for lang, sentences in _SENTENCES.items():
        lines = [f'{name}.{outcome}: "{sentence}"\n' for outcome, sentence in sentences.items()]
        _insert_after(root / _catalogue(lang), rf"^(?:{'|'.join(known)})\..*\n", "".join(lines))
    _insert_after(root / _REGISTRY, rf'^    "{known[-1]}",\n', f'    "{name}",\n')
    return [*_files(name), *(_catalogue(lang) for lang in _SENTENCES), _REGISTRY]


def _files(name: str) -> dict[str, str]:
    """Return the files of a criterion alone, with the template of each."""
    return {
        f"suitability/criteria/{name}.py": "criterion.py.txt",
        f"tests/criteria/test_{name}.py": "test_criterion.py.txt",
    }


def _catalogue(lang: str) -> str:
    return f"suitability/catalogue/{lang}.yaml"


def _insert_after(path: Path, pattern: str, lines: str) -> None:
    """Insert lines behind the last match of a pattern."""
    text = path.read_text(encoding="utf-8")
    end = [match.end() for match in re.finditer(pattern, text, re.MULTILINE)][-1]
    path.write_text(text[:end] + lines + text[end:], encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Make the scaffold and print what was written and what remains; return the exit code."""
    parser = argparse.ArgumentParser(prog="make new-criterion", description=__doc__)
    for name in ("id", "unit", "document"):
        parser.add_argument(f"--{name}", default="")
    given = parser.parse_args(arguments)
    said = problems(ROOT, given.id, given.unit, given.document)
    if said:
        print("\n".join(said), file=sys.stderr)
        return 1
    written = write(ROOT, given.id, given.unit, given.document)
    subprocess.run([sys.executable, "-m", "suitability.report.policy_reference"], cwd=ROOT, check=True)
    print("Written:", *written, "docs/criteria.md", "config/policy.schema.json", sep="\n  ")
    print(f'Registered as the last line of {_REGISTRY}:\n  "{given.id}",')
    print(f"Next: write _values() and the docstring; the test fails until then. All steps: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
