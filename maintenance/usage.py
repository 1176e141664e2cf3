"""`python -m maintenance.usage`: how many tokens each lesson uses, and what they would cost live.

Every lesson runs in recorded mode with its exercises solved. The usage of its runs is the model's own count where a
model was recorded, and an estimate by `local_api.tokens` where the replies were written for the course.
"""

from __future__ import annotations

import json

from nbformat.v4 import new_code_cell

from .lesson import PATHS, Lesson, kernel, load, printed, run

# US dollars for a million tokens read and written by gpt-6-luna: OpenAI's pricing page, November 2026.
PRICE_READ, PRICE_WRITTEN = 0.10, 0.50

ASK = """import json
from helpers.connection import latest_connection
store = latest_connection().app.extensions["home"].store
kinds = {
    kind: [json.loads(body)["usage"] for (body,) in store.sql("SELECT body FROM objects WHERE kind = ?", (kind,))]
    for kind in ("run", "step", "response")
}
print(json.dumps(kinds))"""


def main() -> None:
    """Print a line for each lesson, and their sum."""
    print("| lesson | answers of the model | tokens read | tokens written | cents | largest run reads |")
    print("|---|---|---|---|---|---|")
    rows = [(path.stem, *used(load(path))) for path in PATHS]
    sums = [sum(column) for column in list(zip(*rows))[1:4]]
    for name, answers, read, written, largest in [*rows, ("all", *sums, max(row[4] for row in rows))]:
        cents = 100 * (read * PRICE_READ + written * PRICE_WRITTEN) / 1_000_000
        print(f"| {name} | {answers} | {read:,} | {written:,} | {cents:.2f} | {largest:,} |")


def used(lesson: Lesson) -> tuple[int, int, int, int]:
    """Run a lesson and count.

    Returns:
        The model's answers, the tokens that it read, those that it wrote, and the most that one run read. Runs that
        still wait at the end of the lesson have no usage yet, and responses that are not stored are not counted.
    """
    lesson.solve_exercises()
    lesson.cells.append(new_code_cell(ASK))
    with kernel(lesson) as client:
        run(client, lesson.code)
    kinds = {kind: list(filter(None, found)) for kind, found in json.loads(printed(lesson.code[-1])).items()}
    tasks = kinds["run"] + kinds["response"]
    read = [usage.get("prompt_tokens", usage.get("input_tokens")) for usage in tasks]
    written = [usage.get("completion_tokens", usage.get("output_tokens")) for usage in tasks]
    return len(kinds["step"]) + len(kinds["response"]), sum(read), sum(written), max(read)


if __name__ == "__main__":
    main()
