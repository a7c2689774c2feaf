using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>`AWS::Serverless::SimpleTable`: a table with one key, on demand unless it says otherwise.</summary>
internal static class SamSimpleTable
{
    public static void WriteTo(SamRun run, SamResource table)
    {
        table.Allow("TableName", "PrimaryKey", "ProvisionedThroughput", "Tags", "SSESpecification", "PointInTimeRecoverySpecification");
        var key = table.Properties["PrimaryKey"];
        var name = Scalars.Text(key?["Name"]) ?? "id";
        var type = (Scalars.Text(key?["Type"]) ?? "String") switch
        {
            "String" => "S",
            "Number" => "N",
            "Binary" => "B",
            var other => throw SamErrors.Resource(table.Name, $"Invalid 'Type' \"{other}\"."),
        };
        var properties = new JsonObject
        {
            ["AttributeDefinitions"] = new JsonArray(new JsonObject { ["AttributeName"] = name, ["AttributeType"] = type }),
            ["KeySchema"] = new JsonArray(new JsonObject { ["AttributeName"] = name, ["KeyType"] = "HASH" }),
        };
        table.Copy(properties, "TableName", "ProvisionedThroughput", "SSESpecification", "PointInTimeRecoverySpecification");
        if (properties["ProvisionedThroughput"] is null) properties["BillingMode"] = "PAY_PER_REQUEST";
        if (table.Map("Tags") is { Count: > 0 } tags) properties["Tags"] = SamNodes.TagList(tags);
        run.Make(table.Name, table.Make("AWS::DynamoDB::Table", properties, itself: true));
    }
}
