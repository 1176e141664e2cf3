"""Reading files: every language comes through whole, and every bad file ends with a reason."""

from __future__ import annotations

import contextlib
import io
import unicodedata
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

import pypdf
import pytest

from budget import LONG_TESTS
from local_api.retrieval.documents import SUPPORTED, UnreadableDocument, read_document
from local_api.retrieval.words import indexed
from unit.making import archive, docx, paragraph, pdf, pdf_of, stream

DOCUMENTS = Path(__file__).parents[2] / "data/documents"
DAMAGES = 40 if LONG_TESTS else 4
TEXTS = {
    "Korean": "국민의 기본권은 헌법으로 보장된다.",
    "Japanese": "吾輩は猫である。ガギグ",
    "Chinese": "天下大勢，分久必合。",
    "emoji": "All well 👩‍🚀🇰🇷👍🏽",
    "accents": "Crème brûlée, naïve, Übung",
}
READ: dict[str, Callable[[str], bytes]] = {
    "a.txt": str.encode,
    "a.md": lambda text: text.encode("utf-8-sig"),
    "a.json": lambda text: text.encode("utf-16"),
    "a.py": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "보고서.PDF": pdf,
    "a.docx": lambda text: docx(paragraph(text)),
    "a.html": lambda text: f"<!DOCTYPE html><p>{text}".encode(),
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[str]]:
    def read_(name: str, content: bytes, **options: float) -> list[str]:
        (tmp_path / "kept").write_bytes(content)
        return read_document(tmp_path / "kept", name, **options)

    return read_


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", READ)
def test_every_language_is_read_in_every_format(read, name, text):
    assert [page.strip() for page in read(name, READ[name](text))] == [text]


def test_old_list_of_types_is_read():
    listed = ".c .cpp .cs .css .docx .go .html .java .js .json .md .pdf .php .py .rb .sh .tex .ts .txt"
    assert set(listed.split()) == SUPPORTED


def test_text_is_composed_and_its_lines_end_alike(read):
    assert read("a.txt", unicodedata.normalize("NFD", "한글 é\r\nb\rc").encode()) == ["한글 é\nb\nc"]


def test_pages_keep_their_numbers(read):
    pages = read("a.pdf", pdf("one", "", "셋\nthree"))
    assert [page.strip() for page in pages] == ["one", "", "셋\nthree"]


def test_a_web_page_is_read_as_it_is_seen(read):
    html = """<html><head><title>Title</title><style>p {color: red}</style><script>if (a < b) "</p>"</script></head>
    <body><h1>Head&amp;line</h1><p>One <b>bold</b>
    word<!-- not this -->.<ul><li>first<li>second</ul><table><tr><td>a<td>b</table><pre>x
      y</pre>"""
    [text] = read("a.html", html.encode())
    lines = [line for line in text.split("\n") if line]
    assert lines == ["Title", "Head&line", "One bold word.", "first", "second", "a b", "x", "y"]


def test_a_word_document_is_read_with_tables_notes_and_boxes_and_without_what_was_deleted(read):
    box = "<w:r><x><Choice>{}</Choice><Fallback>{}</Fallback></x></w:r>".format(*[paragraph("box")] * 2)
    body = (
        f"{paragraph('first')}<w:tbl><w:tr><w:tc>{paragraph('cell')}</w:tc></w:tr></w:tbl><w:p>{box}</w:p>"
        "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:delText>gone</w:delText></w:r></w:p>"
    )
    notes = docx(body, word__footnotes_xml=f'<n xmlns:w="http://w">{paragraph("note")}</n>')
    [text] = read("a.docx", notes)
    assert text.split() == ["first", "cell", "box", "a", "b", "c", "note"]


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_pdf_that_only_forbids_changes_is_read(read, algorithm):
    assert read("a.pdf", encrypted(pdf("열림"), algorithm, user_password=""))[0].strip() == "열림"


def test_a_pdf_may_begin_late_and_a_text_may_speak_of_pdf(read):
    assert read("a.pdf", b"\r\n" + pdf("late"))[0].strip() == "late"
    assert read("a.md", b"A PDF begins with %PDF-1.7") == ["A PDF begins with %PDF-1.7"]
    assert read("a.md", b"<html>inside</html>") == ["<html>inside</html>"]


def test_reading_is_silent(read, capfd):
    with pytest.raises(UnreadableDocument):
        read("a.pdf", pdf("x").replace(b"xref", b"xxxx").replace(b"endobj", b"enjobd"))
    assert read("a.pdf", pdf("late").replace(b"startxref\n", b"startxref\n9"))[0].strip() == "late"
    assert capfd.readouterr() == ("", "")


def encrypted(content: bytes, algorithm: str, user_password: str) -> bytes:
    writer = pypdf.PdfWriter(io.BytesIO(content))
    writer.encrypt(user_password=user_password, owner_password="owner", algorithm=algorithm)
    whole = io.BytesIO()
    writer.write(whole)
    return whole.getvalue()


def pdf_page(content: bytes, entries: bytes = b"", *more: bytes) -> bytes:
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
        stream(content, entries),
        *more,
    )


def pdf_repeating(count: int) -> bytes:
    return pdf_kids(b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, b"3 0 R " * count))


def pdf_kids(pages: bytes) -> bytes:
    return pdf_of(b"<</Type/Catalog/Pages 2 0 R>>", pages, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>")


PNG = b"\x89PNG\r\n\x1a\n" + bytes(30)
PICTURE = stream(b"\xff", b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray")
LOOP = stream(b"/X Do /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>")
BOMB = zlib.compress(bytes(1 << 27))  # 128 MiB
LAUGHS = '<!DOCTYPE x [<!ENTITY a "{}"><!ENTITY b "{}">]><x>&b;</x>'.format("ha" * 9, "&a;" * 9)
UNSUPPORTED = {
    "a.doc": ".docx or .pdf", "a.hwp": ".docx or .pdf", "a.pptx": "as .pdf", "a.csv": "code interpreter",
    "a.xlsx": "code interpreter", "photo.PNG": "OCR", "a.zip": "one of these types", "README": "without an ending",
    ".pdf": "without an ending", "a.pdf ": "one of these types",
}  # fmt: skip
INVALID: dict[str, tuple[str, bytes, str]] = {
    # texts
    "empty text": ("a.txt", b"", "is empty"),
    "only spaces": ("a.md", b" \n\t\r\n\xe2\x80\x83", "contains no text"),
    "only a mark": ("a.txt", b"\xef\xbb\xbf", "contains no text"),
    "CP949": ("a.txt", "한글 문서".encode("cp949"), "save it as UTF-8"),
    "Shift JIS": ("a.txt", "日本語".encode("shift_jis"), "save it as UTF-8"),
    "UTF-16 without a mark": ("a.txt", "text".encode("utf-16-le"), "zero bytes"),
    "UTF-32": ("a.txt", "text".encode("utf-32"), "zero bytes"),
    "half a UTF-16 character": ("a.txt", "text".encode("utf-16") + b"x", "not text in UTF-8"),
    "lone surrogate in UTF-8": ("a.txt", b"a\xed\xa0\x80b", "not text in UTF-8"),
    "lone surrogate in UTF-16": ("a.txt", b"\xff\xfe\x00\xd8a\x00", "not text in UTF-8"),
    "zero bytes": ("a.py", b"print(1)\0\0", "zero bytes"),
    "cut in a character": ("a.txt", "한글".encode()[:-1], "not text in UTF-8"),
    "over 5,000,000 tokens": ("a.txt", b"a " * 5_000_001, "more than 5,000,000 tokens"),
    "over all sizes": ("a.txt", b" " * ((64 << 20) + 1), "too large"),
    # other things by name
    "PNG as PDF": ("a.pdf", PNG, "is a PNG picture"),
    "PDF as text": ("a.txt", pdf("x"), "is a PDF, whatever"),
    "zip as text": ("a.txt", archive(a_txt="x"), "is a zip archive"),
    "zip as Word": ("a.docx", archive(a_txt="x"), "not a Word document"),
    "PDF as Word": ("a.docx", pdf("x"), "is a PDF, whatever"),
    "text as Word": ("a.docx", b"hello", "not a zip archive"),
    "old or protected Word": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    "web page as PDF": ("a.pdf", b"\n<!doctype HTML><p>Log in</p>", "is a web page"),
    "text as PDF": ("a.pdf", b"just words", "not a PDF"),
    "program as code": ("a.sh", b"\x7fELF\x02\x01", "is a program"),
    # PDF
    "empty PDF": ("a.pdf", b"", "is empty"),
    "encrypted": ("a.pdf", encrypted(pdf("x"), "AES-256", "secret"), "protected with a password"),
    "scanned": ("a.pdf", pdf_page(b"/X Do", b"", PICTURE), "OCR"),
    "blank": ("a.pdf", pdf("", ""), "OCR"),
    "without pages": ("a.pdf", pdf_kids(b"<</Type/Pages/Count 0/Kids[]>>"), "OCR"),
    "cut off": ("a.pdf", pdf("x")[:300], "is damaged"),
    "only a head": ("a.pdf", b"%PDF-1.7\n", "is damaged"),
    "broken stream": ("a.pdf", pdf_page(b"no zlib", b"/Filter/FlateDecode"), "OCR"),
    "unknown filter": ("a.pdf", pdf_page(b"x", b"/Filter/Nonsense"), "can't be read on page 1"),
    "pages in a circle": ("a.pdf", pdf_kids(b"<</Type/Pages/Count 1/Kids[2 0 R]>>"), "is damaged"),
    "a million pages": ("a.pdf", pdf_repeating(1_000_000), "10,000 pages"),
    "50,000 pages": ("a.pdf", pdf_repeating(50_000), "10,000 pages"),
    "forms in a circle": ("a.pdf", pdf_page(b"/X Do", b"", LOOP), "OCR"),
    "PDF bomb": ("a.pdf", pdf_page(BOMB, b"/Filter/FlateDecode"), "page 1"),
    # Word
    "cut-off Word": ("a.docx", docx(paragraph("x"))[:-30], "is damaged"),
    "broken XML": ("a.docx", docx("<w:p>"), "is damaged"),
    "XML that grows": ("a.docx", archive(word__document_xml=LAUGHS), "is damaged"),
    "zip bomb": ("a.docx", archive(word__document_xml=bytes((100 << 20) + 1)), "unpacks to far more"),
    "empty Word": ("a.docx", docx(""), "contains no text"),
    # web pages
    "empty web page": ("a.html", b"<!doctype html><title></title><script>1</script>", "contains no text"),
    "deep and empty": ("a.html", b"<div>" * 200_000, "contains no text"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "fix"), UNSUPPORTED.items())
def test_unsupported_types_are_named_with_what_to_do(read, name, fix):
    with pytest.raises(UnreadableDocument) as caught:
        read(name, b"anything")
    assert caught.value.code == "unsupported_file"
    assert str(caught.value).startswith(f"{name}: ") and fix in str(caught.value)


@pytest.mark.parametrize(("name", "content", "reason"), INVALID.values(), ids=INVALID)
def test_bad_files_end_with_a_reason(read, name, content, reason):
    with pytest.raises(UnreadableDocument) as caught:
        read(name, content)
    assert caught.value.code == "invalid_file"
    assert str(caught.value).startswith(f"{name} ") and reason in str(caught.value)


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.html"])
def test_reading_ends_when_its_time_is_up(read, name):
    with pytest.raises(UnreadableDocument, match="took longer than 0 seconds"):
        read(name, READ[name if name != "a.pdf" else "보고서.PDF"]("text"), seconds=0)


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.pdf")), ids=lambda path: path.stem)
def test_a_damaged_pdf_is_read_or_refused_with_a_reason(read, path):
    content, random = path.read_bytes(), Random(path.stem)
    for share in range(DAMAGES):
        flipped = bytearray(content)
        for _ in range(random.choice([1, 30, 300])):
            flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
        for damaged in (content[: len(content) * share // DAMAGES], bytes(flipped)):
            with contextlib.suppress(UnreadableDocument):
                assert read("a.pdf", damaged)


SLOW = {
    "marks on one letter": ("a.txt", "a" + "\u0300\u0316" * 100_000),
    "blanks that are kept": ("a.html", f"<pre>x{' ' * 200_000}y"),
}


@pytest.mark.parametrize(("name", "text"), SLOW.values(), ids=SLOW)
def test_long_stretches_of_one_thing_are_read_at_once(read, name, text):
    # Their time once grew with the square of their length: minutes, in which nothing else could run.
    [page] = read(name, text.encode())
    assert indexed(page)


def test_depth_costs_nothing(read):
    assert read("a.html", b"<div>" * 200_000 + b"deep") == ["deep"]
    [text] = read("a.docx", docx("<w:sdt>" * 50_000 + paragraph("deep") + "</w:sdt>" * 50_000))
    assert text.strip() == "deep"
