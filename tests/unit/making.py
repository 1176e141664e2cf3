"""Small documents for tests, in bytes."""

from __future__ import annotations

import io
import zipfile

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf_of(*objects: bytes) -> bytes:
    """A PDF with these objects, numbered from 1 on; the first is its root."""
    content, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (size, xref, trailer)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A PDF's stream object."""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), entries, content)


def pdf(*pages: str) -> bytes:
    """A PDF with these pages, in any script: codes for glyphs, and a table of what they mean."""
    characters = sorted(set("".join(pages)) - {"\n"})
    codes = {character: f"{number:04x}" for number, character in enumerate(characters, 1)}
    meanings = "\n".join(f"<{code}> <{character.encode('utf-16-be').hex()}>" for character, code in codes.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(codes)} beginbfchar\n{meanings}\nendbfchar endcmap end"
    )
    kids = b" ".join(b"%d 0 R" % (6 + 2 * number) for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]/Resources<</Font<</F 3 0 R>>>>/MediaBox[0 0 600 800]>>" % (len(pages), kids),
        b"<</Type/Font/Subtype/Type0/BaseFont/F/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 5 0 R>>",
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/F/CIDSystemInfo<</Registry(A)/Ordering(I)/Supplement 0>>>>",
        stream(cmap.encode()),
    ]
    for number, page in enumerate(pages):
        lines = [f"<{''.join(codes[character] for character in line)}> Tj T*" for line in page.split("\n")]
        objects.append(b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % (7 + 2 * number))
        objects.append(stream(f"BT /F 12 Tf 14 TL 50 700 Td {' '.join(lines)} ET".encode()))
    return pdf_of(*objects)


def archive(**files: str | bytes) -> bytes:
    """A zip archive; `__` in a name stands for a slash, `_` for a full stop."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, body in files.items():
            zipped.writestr(name.replace("__", "/").replace("_", "."), body)
    return content.getvalue()


def docx(body: str, **files: str) -> bytes:
    """A Word document with this XML in its body."""
    return archive(word__document_xml=f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>', **files)


def paragraph(text: str) -> str:
    """A paragraph of a Word document."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
