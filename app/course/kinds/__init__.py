"""The kinds of exercise: what the learner hands in, and how it becomes part of a shop to check."""

from app.course.kinds.answer import AnswerExercise
from app.course.kinds.cache import CacheExercise
from app.course.kinds.deployment import DeploymentExercise
from app.course.kinds.diagnosis import DiagnosisExercise
from app.course.kinds.endpoint import EndpointExercise
from app.course.kinds.export import ExportExercise
from app.course.kinds.load import LoadExercise
from app.course.kinds.locust import LocustExercise
from app.course.kinds.middleware import MiddlewareExercise
from app.course.kinds.package import PackageExercise
from app.course.kinds.process import ProcessExercise
from app.course.kinds.resource import ResourceExercise
from app.course.kinds.schema import SchemaExercise
from app.course.kinds.served import ServedExercise
from app.course.kinds.several import Several, SeveralExercise
from app.course.kinds.shared_cache import SharedCacheExercise

__all__ = [
    "AnswerExercise",
    "CacheExercise",
    "DeploymentExercise",
    "DiagnosisExercise",
    "EndpointExercise",
    "ExportExercise",
    "LoadExercise",
    "LocustExercise",
    "MiddlewareExercise",
    "PackageExercise",
    "ProcessExercise",
    "ResourceExercise",
    "SchemaExercise",
    "ServedExercise",
    "Several",
    "SeveralExercise",
    "SharedCacheExercise",
]
