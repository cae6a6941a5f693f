"""Teachers: models, or their answers, that a student learns from on unlabelled text."""

from onoma.teachers.base import Teacher, TeacherKind, TeacherOptions
from onoma.teachers.registry import list_teachers, open_teacher

__all__ = ["Teacher", "TeacherKind", "TeacherOptions", "list_teachers", "open_teacher"]
