"""Files that are meant to harm or that came through badly, and what is said of each. Run it to read them all.

``python -m tests.layers.formats.hostile FOLDER`` prints how many MiB of memory reading all of them took.
"""

from __future__ import annotations

import struct
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layers.formats import imro, recognise
from suitability.core.errors import SourceError
from tests.layers.formats.files import plan

if TYPE_CHECKING:
    from collections.abc import Callable

MIB: Final = 1 << 20
ROOT: Final = '<imro:FeatureCollectionIMRO xmlns:imro="http://www.geonovum.nl/imro/2012/1.1">'
END: Final = "</imro:FeatureCollectionIMRO>"
LAUGHS: Final = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))


def gml(content: str, before: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}{ROOT}{content}{END}'.encode()


def real() -> bytes:
    """Return a real plan."""
    with zipfile.ZipFile(plan("2012_10")) as archive:
        return archive.read("2012_10.gml")


def zipped(path: Path, members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def zeros(mib: int, start: bytes = b"", what: bytes = b"\0") -> bytes:
    """Return the packed form (deflate) of ``start`` and so many MiB of zeros, or ``what``, made of equal blocks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(what * (16 * MIB // len(what))) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * (mib // 16) + packer.flush()


def bomb(path: Path, mib: int, *, promised: int | None = None) -> Path:
    """Write a zip by hand whose one member unpacks to ``mib``; ``promised`` is the size that its directory states."""
    name, packed = b"plan.gml", zeros(mib)
    sizes = struct.pack("<III", 0, len(packed), mib * MIB if promised is None else promised)
    common = struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", len(name), 0)
    local = b"PK\x03\x04" + common + name + packed
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    path.write_bytes(local + entry + end_record(1, len(entry), len(local)))
    return path


def end_record(entries: int, length: int, at: int) -> bytes:
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, entries & 0xFFFF, entries & 0xFFFF, length, at, 0)


def crowd(path: Path, entries: int) -> Path:
    """Write a zip that lists very many empty members, by hand."""
    local = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, 0, 0, 0, 10, 0) + b"000000.gml"
    head = b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 33, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0)
    directory = b"".join(head + b"%06d.gml" % number for number in range(entries))
    path.write_bytes(local + directory + end_record(entries, len(directory), len(local)))
    return path


def linked(path: Path) -> Path:
    link = zipfile.ZipInfo("plan.gml")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return path


def locked(path: Path) -> Path:
    zipped(path, {"plan.gml": b"x"})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    return path


def nested(path: Path, depth: int) -> Path:
    content = gml("")
    for level in range(depth):
        zipped(path, {f"{level}.zip" if level else "plan.gml": content}, zipfile.ZIP_STORED)
        content = path.read_bytes()
    return path


def written(content: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


def gzipped(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(content) + packer.flush()


#: Name of the file, how it is made, and words of the Dutch sentence about it.
FILES: Final[dict[str, tuple[Callable[[Path], Path], str]]] = {
    "laughs.gml": (written(gml("&l9;", f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>')), "documenttype"),
    "outside_entity.gml": (
        written(gml("<naam>&e;</naam>", '<!DOCTYPE x [<!ENTITY e SYSTEM "secret.txt">]>')), "documenttype",
    ),
    "outside_parameter.gml": (
        written(gml("", '<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:9/x.dtd"> %e;]>')), "documenttype",
    ),
    "outside_dtd.gml": (written(gml("", '<!DOCTYPE x SYSTEM "secret.txt">')), "documenttype"),
    "wide_letters.gml": (
        written(f'<!DOCTYPE x [<!ENTITY e "ha">]>{ROOT}&e;{END}'.encode("utf-16")), "documenttype",
    ),
    "late_doctype.gml": (
        written(b"<!--" + b" " * 100_000 + b"-->" + f'<!DOCTYPE x [<!ENTITY e "ha">]>{ROOT}&e;{END}'.encode()),
        "documenttype",
    ),
    "up.zip": (lambda path: zipped(path, {"../up.gml": gml("")}), "buiten de map van de zip: ../up.gml"),
    "absolute.zip": (lambda path: zipped(path, {"/abs.gml": gml("")}), "buiten de map van de zip: /abs.gml"),
    "drive.zip": (lambda path: zipped(path, {"C:/x.gml": gml("")}), "buiten de map van de zip: C:/x.gml"),
    "backslash.zip": (lambda path: zipped(path, {"..\\x.gml": gml("")}), "buiten de map van de zip: ..\\x.gml"),
    "link.zip": (linked, "verwijzingen in plaats van bestanden: plan.gml"),
    "locked.zip": (locked, "met een wachtwoord beveiligd"),
    "bomb.zip": (lambda path: bomb(path, 1024), "uitgepakt is dit 1024 MB"),
    "lying_bomb.zip": (lambda path: bomb(path, 1024, promised=100), "beschadigd of niet volledig"),
    "bomb.gz": (written(b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + zeros(1024, gml("")[: -len(END)], b"<b/>")), "zonder één volledig object"),
    "flood.gml": (written(gml("<b/>" * 4_000_000)), "zonder één volledig object"),
    "long_text.gml": (written(gml("x" * 16_000_000)), "zonder één volledig object"),
    "crowd.zip": (lambda path: crowd(path, 100_000), "100000 bestanden in één zip"),
    "throng.zip": (lambda path: crowd(path, 400_000), "bestanden in één zip"),
    "nested.zip": (lambda path: nested(path, 6), "meer dan 4 zips in elkaar"),
    "half.zip": (
        lambda path: written(zipped(path, {"plan.gml": real()}).read_bytes()[:30_000])(path), "beschadigd of niet volledig",
    ),
    "half.gz": (written(gzipped(real())[:30_000]), "beschadigd of niet volledig"),
    "half.gml": (written(real()[:200_000]), "houdt hier op voordat het af is"),
    "empty.gml": (written(b""), "het bestand is leeg"),
    "blank.gml": (written(b" \n \n"), "het bestand is leeg"),
    "other_root.gml": (written(b"<kml><Document/></kml>"), "hier staat geen typePlan"),
    "not_xml.gml": (written(b"naam;bestemming\nA;wonen\n"), "geen geldige XML"),
    "crossed.gml": (written(gml("<a><b></a></b>")), "geen geldige XML"),
    "latin.gml": (written(gml("<naam>caf\u00e9</naam>").replace(b"\xc3\xa9", b"\xe9")), "tekencodering"),
    "zeros.gml": (written(bytes(1000)), "geen geldige XML"),
}  # fmt: skip


def build(folder: Path) -> dict[str, Path]:
    """Write all of them and return them by name; the secret beside them must not show up anywhere."""
    (folder / "secret.txt").write_text("geheim-4711", encoding="utf-8")
    return {name: make(folder / name) for name, (make, _) in FILES.items()}


def sentence(path: Path, lang: str) -> str:
    """Return the one sentence about a file that cannot be read, however it is asked for."""
    try:
        recognise(path)
        imro.read(path)
    except SourceError as error:
        (found,) = error.sentences(lang)  # type: ignore[arg-type]  # nl or en
        return found
    return ""


def most_memory() -> int:
    """Return the most memory that this process ever held, in MiB (Linux)."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return int(told.split("VmHWM:")[1].split()[0]) // 1024


if __name__ == "__main__":
    imro.read(plan("2012_10"))
    before = most_memory()
    for name in FILES:
        sentence(Path(sys.argv[1]) / name, "nl")
    sys.stdout.write(str(most_memory() - before))
