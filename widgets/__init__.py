"""What a notebook shows and a learner clicks: the quiz form, and a playground for assistants."""

from .playground import playground
from .quiz import Quiz, QuizError, display_quiz, function_schema, grade, parse_quiz

__all__ = ["Quiz", "QuizError", "display_quiz", "function_schema", "grade", "parse_quiz", "playground"]
