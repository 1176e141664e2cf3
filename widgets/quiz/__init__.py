"""A quiz that a model writes and a learner answers: its type and marks, the check, and the form."""

from .check import QuizError, parse_quiz
from .form import display_quiz
from .quiz import Quiz, function_schema, grade

__all__ = ["Quiz", "QuizError", "display_quiz", "function_schema", "grade", "parse_quiz"]
