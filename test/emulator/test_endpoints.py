"""Models, endpoint configurations and endpoints."""

from typing import Any

import pytest
from conftest import ACCOUNT, REGION
from failures import refused

ROLE = f"arn:aws:iam::{ACCOUNT}:role/serving"


@pytest.fixture
def model(sagemaker: Any, version: Any) -> str:
    sagemaker.create_model(
        ModelName="fraud-1",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"ModelPackageName": version()},
        EnableNetworkIsolation=True,
    )
    return "fraud-1"


@pytest.fixture
def config(sagemaker: Any, model: str) -> Any:
    """Makes an endpoint configuration; its name."""

    def make(name: str, *variants: dict[str, Any], **fields: Any) -> str:
        sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=list(variants) or [variant("main")], **fields
        )
        return name

    return make


def variant(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": "fraud-1",
        "InstanceType": "ml.g6.xlarge",
        "InitialInstanceCount": 2,
        **fields,
    }


class TestModels:
    def test_the_version_behind_a_model_is_kept(self, sagemaker: Any, model: str) -> None:
        described = sagemaker.describe_model(ModelName=model)
        assert described["PrimaryContainer"]["ModelPackageName"].endswith(":model-package/fraud/1")
        assert described["EnableNetworkIsolation"] is True
        assert described["ExecutionRoleArn"] == ROLE

    def test_an_existing_model_is_not_replaced(self, sagemaker: Any, model: str) -> None:
        with refused("ValidationException", "Cannot create already existing model"):
            sagemaker.create_model(ModelName=model, ExecutionRoleArn=ROLE)
        assert sagemaker.describe_model(ModelName=model)["PrimaryContainer"]

    def test_newest_first_in_pages(self, sagemaker: Any) -> None:
        for name in ("b", "c", "a"):
            sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE)
        first = sagemaker.list_models(MaxResults=2)
        assert _names(first["Models"], "ModelName") == ["a", "c"]
        rest = sagemaker.list_models(MaxResults=2, NextToken=first["NextToken"])
        assert _names(rest["Models"], "ModelName") == ["b"]
        by_name = sagemaker.list_models(SortBy="Name", SortOrder="Ascending")
        assert _names(by_name["Models"], "ModelName") == ["a", "b", "c"]
        assert _names(sagemaker.list_models(NameContains="c")["Models"], "ModelName") == ["c"]
        assert sagemaker.list_models(CreationTimeBefore="2020-01-01T00:00:00Z")["Models"] == []


class TestConfigurations:
    def test_shadows_and_variants_without_a_model_are_kept(self, sagemaker: Any, config: Any) -> None:
        bare = {name: value for name, value in variant("bare").items() if name != "ModelName"}
        config("one", bare, ShadowProductionVariants=[variant("shadow")])
        described = sagemaker.describe_endpoint_config(EndpointConfigName="one")
        assert described["ProductionVariants"] == [bare]
        assert described["ShadowProductionVariants"] == [variant("shadow")]

    def test_an_existing_configuration_is_not_replaced(self, config: Any) -> None:
        config("one")
        with refused("ValidationException", "Cannot create already existing endpoint configuration"):
            config("one", variant("other"))

    def test_a_missing_model_is_refused(self, config: Any) -> None:
        with refused("ValidationException", "Could not find model"):
            config("one", variant("main", ModelName="absent"))

    def test_newest_first(self, sagemaker: Any, config: Any) -> None:
        for name in ("b", "a"):
            config(name)
        listed = sagemaker.list_endpoint_configs()["EndpointConfigs"]
        assert _names(listed, "EndpointConfigName") == ["a", "b"]


class TestEndpoints:
    def test_every_variant_has_a_weight(self, sagemaker: Any, config: Any) -> None:
        config(
            "one",
            variant("main"),
            variant("canary", InitialVariantWeight=0.25),
            variant("off", InitialVariantWeight=0.0),
            ShadowProductionVariants=[variant("shadow")],
        )
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
        described = sagemaker.describe_endpoint(EndpointName="e")
        assert described["EndpointStatus"] == "InService"
        assert described["EndpointConfigName"] == "one"
        assert _weights(described) == {"main": 1, "canary": 0.25, "off": 0}
        assert described["ProductionVariants"][0]["CurrentInstanceCount"] == 2
        assert [shadow["VariantName"] for shadow in described["ShadowProductionVariants"]] == ["shadow"]

    def test_an_existing_endpoint_is_not_replaced(self, sagemaker: Any, config: Any) -> None:
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName=config("one"))
        with refused("ValidationException", "Cannot create already existing endpoint"):
            sagemaker.create_endpoint(EndpointName="e", EndpointConfigName=config("two"))
        assert sagemaker.describe_endpoint(EndpointName="e")["EndpointConfigName"] == "one"

    def test_an_update_changes_the_configuration(self, sagemaker: Any, config: Any) -> None:
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName=config("one"))
        before = sagemaker.describe_endpoint(EndpointName="e")
        config("two", variant("main", InitialVariantWeight=3.0))
        updated = sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")
        assert updated["EndpointArn"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/e"
        after = sagemaker.describe_endpoint(EndpointName="e")
        assert after["EndpointConfigName"] == "two"
        assert _weights(after) == {"main": 3}
        assert after["CreationTime"] == before["CreationTime"]
        assert after["LastModifiedTime"] > before["LastModifiedTime"]

    def test_an_update_can_retain_weights_and_counts(self, sagemaker: Any, config: Any) -> None:
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName=config("one"))
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="e",
            DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredWeight": 7.0, "DesiredInstanceCount": 5}],
        )
        config("two", variant("main", InitialVariantWeight=3.0), variant("new"))
        sagemaker.update_endpoint(
            EndpointName="e",
            EndpointConfigName="two",
            RetainAllVariantProperties=True,
            ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredInstanceCount"}],
        )
        described = sagemaker.describe_endpoint(EndpointName="e")
        assert _weights(described) == {"main": 7, "new": 1}
        assert [summary["CurrentInstanceCount"] for summary in described["ProductionVariants"]] == [2, 2]

    @pytest.mark.parametrize(("endpoint_name", "config_name"), [("absent", "one"), ("e", "absent")])
    def test_an_update_needs_both(self, sagemaker: Any, config: Any, endpoint_name: str, config_name: str) -> None:
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName=config("one"))
        with refused("ValidationException", "Could not find"):
            sagemaker.update_endpoint(EndpointName=endpoint_name, EndpointConfigName=config_name)

    def test_ten_newest_first(self, sagemaker: Any, config: Any) -> None:
        config("one")
        for number in range(12):
            sagemaker.create_endpoint(EndpointName=f"e{number:02}", EndpointConfigName="one")
        first = sagemaker.list_endpoints()
        assert _names(first["Endpoints"], "EndpointName") == [f"e{number:02}" for number in range(11, 1, -1)]
        rest = sagemaker.list_endpoints(NextToken=first["NextToken"])
        assert _names(rest["Endpoints"], "EndpointName") == ["e01", "e00"]
        assert "NextToken" not in rest

    def test_a_walk_repeats_nothing_when_an_endpoint_is_deleted(self, sagemaker: Any, config: Any) -> None:
        config("one")
        for name in ("a", "b", "c", "d"):
            sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="one")
        first = sagemaker.list_endpoints(MaxResults=2)
        sagemaker.delete_endpoint(EndpointName="a")
        rest = sagemaker.list_endpoints(MaxResults=2, NextToken=first["NextToken"])
        assert _names([*first["Endpoints"], *rest["Endpoints"]], "EndpointName") == ["d", "c", "b"]

    def test_filters(self, sagemaker: Any, config: Any) -> None:
        config("one")
        for name in ("fraud-eu", "churn-eu"):
            sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="one")
        by_name = sagemaker.list_endpoints(SortBy="Name", SortOrder="Ascending")["Endpoints"]
        assert _names(by_name, "EndpointName") == ["churn-eu", "fraud-eu"]
        assert _names(sagemaker.list_endpoints(NameContains="fraud")["Endpoints"], "EndpointName") == ["fraud-eu"]
        assert sagemaker.list_endpoints(StatusEquals="Failed")["Endpoints"] == []
        assert sagemaker.list_endpoints(LastModifiedTimeBefore="2020-01-01T00:00:00Z")["Endpoints"] == []
        assert len(sagemaker.list_endpoints(LastModifiedTimeAfter="2020-01-01T00:00:00Z")["Endpoints"]) == 2

    def test_a_deleted_endpoint_is_gone(self, sagemaker: Any, config: Any) -> None:
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName=config("one"))
        sagemaker.delete_endpoint(EndpointName="e")
        for call in (sagemaker.describe_endpoint, sagemaker.delete_endpoint):
            with refused("ValidationException", "Could not find endpoint"):
                call(EndpointName="e")


def _names(summaries: list[dict[str, Any]], field: str) -> list[str]:
    return [summary[field] for summary in summaries]


def _weights(described: dict[str, Any]) -> dict[str, float]:
    return {summary["VariantName"]: summary["CurrentWeight"] for summary in described["ProductionVariants"]}
