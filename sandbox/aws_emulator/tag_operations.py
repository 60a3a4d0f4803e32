"""AddTags, ListTags and DeleteTags, with the limits of the API in front of moto's operations."""

from moto.core.responses import ActionResult

from .operations import Operations


class TagOperations(Operations):
    def add_tags(self) -> ActionResult:
        self.request()
        return super().add_tags()

    def list_tags(self) -> ActionResult:
        self.request()
        return super().list_tags()

    def delete_tags(self) -> ActionResult:
        self.request()
        return super().delete_tags()
