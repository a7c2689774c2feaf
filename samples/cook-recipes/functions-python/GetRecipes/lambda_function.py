import boto3

table = boto3.resource("dynamodb").Table("recipes")


def lambda_handler(event, context):
    try:
        return table.scan()["Items"]
    except Exception:
        print("An error occured while retrieving Recipes table.")
        raise
