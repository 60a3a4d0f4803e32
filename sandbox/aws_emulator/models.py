"""Models: what an endpoint serves.

Corrected against moto: a second CreateModel of a name is refused instead of replacing the model,
EnableNetworkIsolation is kept, and ListModels sorts, filters and pages.
"""

from typing import Any

from moto.core.responses import ActionResult

from . import clock
from .answer import Answer
from .errors import ValidationError
from .operations import Operations
from .paging import page


class ModelOperations(Operations):
    def create_model(self) -> ActionResult:
        request = self.request()
        present = self.sagemaker_backend._models.get(request["ModelName"])
        if present:
            raise ValidationError(f'Cannot create already existing model "{present.arn}".')
        result = super().create_model()
        model = self.sagemaker_backend._models[request["ModelName"]]
        model.enable_network_isolation = request.get("EnableNetworkIsolation", False)
        model.creation_time = clock.now()
        return result

    def list_models(self) -> ActionResult:
        request = self.request()
        models = [model for model in self.sagemaker_backend._models.values() if _wanted(model, request)]
        by_name = request.get("SortBy") == "Name"
        found = page(
            models,
            value=lambda model: model.model_name if by_name else model.creation_time,
            number=lambda model: clock.epoch_milliseconds(model.creation_time),
            descending=request.get("SortOrder", "Descending") == "Descending",
            request=request,
        )
        return Answer({"Models": [model.response_object for model in found.items], "NextToken": found.token})


def _wanted(model: Any, request: dict[str, Any]) -> bool:
    after, before = request.get("CreationTimeAfter"), request.get("CreationTimeBefore")
    return (
        request.get("NameContains", "") in model.model_name
        and (after is None or model.creation_time >= after)
        and (before is None or model.creation_time < before)
    )
