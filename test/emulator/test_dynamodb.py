"""Writers at once: what DynamoDB promises of conditions and transactions."""

from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

WRITERS = 8
STEPS = 5
ITEMS = 300


def test_of_writers_at_once_only_one_meets_the_condition(client):
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="counters",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    dynamodb.put_item(TableName="counters", Item={"pk": {"S": "counter"}, "n": {"N": "0"}})
    # A transaction of moto copies the tables: the more there is to copy, the longer others can step in between.
    for number in range(ITEMS):
        dynamodb.put_item(TableName="counters", Item={"pk": {"S": f"item-{number}"}})

    def step(expected: int) -> bool:
        change = {
            "TableName": "counters",
            "Key": {"pk": {"S": "counter"}},
            "UpdateExpression": "SET n = :next",
            "ConditionExpression": "n = :expected",
            "ExpressionAttributeValues": {":next": {"N": str(expected + 1)}, ":expected": {"N": str(expected)}},
        }
        put = {
            "TableName": "counters",
            "Item": {"pk": {"S": f"step-{expected}"}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        try:
            dynamodb.transact_write_items(TransactItems=[{"Update": change}, {"Put": put}])
        except ClientError as error:
            assert error.response["Error"]["Code"] == "TransactionCanceledException"
            return False
        return True

    with ThreadPoolExecutor(WRITERS) as writers:
        for number in range(STEPS):
            assert sum(writers.map(step, [number] * WRITERS)) == 1
    counter = dynamodb.get_item(TableName="counters", Key={"pk": {"S": "counter"}})["Item"]
    assert counter["n"] == {"N": str(STEPS)}
