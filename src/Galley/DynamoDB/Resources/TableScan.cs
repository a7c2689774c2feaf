using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.DynamoDB.Backups;
using Galley.Wire;

namespace Galley.DynamoDB.Resources;

/// <summary>Every table as AWS::DynamoDB::Table.</summary>
internal sealed class TableScan(Tables tables, TableTags tags, TimeToLive timeToLive, ContinuousBackups recovery)
{
    public ResourceScanner Scanner => new("AWS::DynamoDB::Table", "dynamodb:DescribeTable", Scan);

    private async ValueTask<IReadOnlyList<ScannedResource>> Scan(Call call)
    {
        var found = new List<ScannedResource>();
        string? from = null;
        do
        {
            var page = await tables.ListTables(new ListTablesRequest { ExclusiveStartTableName = from }, call);
            foreach (var name in page.TableNames) found.Add(await Read(name, call));
            from = page.LastEvaluatedTableName;
        }
        while (from is not null);
        return found;
    }

    private async ValueTask<ScannedResource> Read(string name, Call call)
    {
        var table = (await tables.DescribeTable(new TableRequest { TableName = name }, call)).Table;
        var described = JsonSerializer.SerializeToNode(table, DynamoDBJson.Default.TableDescription)!.AsObject();
        var onDemand = table.BillingModeSummary?.BillingMode == "PAY_PER_REQUEST";
        var properties = new JsonObject { ["TableName"] = name, ["BillingMode"] = onDemand ? "PAY_PER_REQUEST" : "PROVISIONED" };
        foreach (var member in (string[])["AttributeDefinitions", "KeySchema"]) properties[member] = described[member]!.DeepClone();
        if (!onDemand) properties["ProvisionedThroughput"] = Throughput(described);
        else if (described["OnDemandThroughput"] is { } limits) properties["OnDemandThroughput"] = limits.DeepClone();
        foreach (var kind in (string[])["GlobalSecondaryIndexes", "LocalSecondaryIndexes"])
            if (described[kind] is JsonArray { Count: > 0 } indexes)
                properties[kind] = new JsonArray([.. indexes.Select(index => Index(index!.AsObject(), kind[0] == 'G' && !onDemand))]);
        if (table.StreamSpecification is { StreamEnabled: true } stream) properties["StreamSpecification"] = new JsonObject { ["StreamViewType"] = stream.StreamViewType };
        if (table.TableClassSummary?.TableClass is { } tableClass and not "STANDARD") properties["TableClass"] = tableClass;
        if (table.DeletionProtectionEnabled) properties["DeletionProtectionEnabled"] = true;
        if (table.SSEDescription is not null) properties["SSESpecification"] = new JsonObject { ["SSEEnabled"] = true };
        if ((await timeToLive.DescribeTimeToLive(new TableRequest { TableName = name }, call)).TimeToLiveDescription is { TimeToLiveStatus: "ENABLED" or "ENABLING" } ttl)
            properties["TimeToLiveSpecification"] = new JsonObject { ["AttributeName"] = ttl.AttributeName, ["Enabled"] = true };
        if ((await recovery.DescribeContinuousBackups(new TableRequest { TableName = name }, call)).ContinuousBackupsDescription.PointInTimeRecoveryDescription is { PointInTimeRecoveryStatus: "ENABLED" } on)
            properties["PointInTimeRecoverySpecification"] = new JsonObject { ["PointInTimeRecoveryEnabled"] = true, ["RecoveryPeriodInDays"] = on.RecoveryPeriodInDays };
        var list = (await tags.ListTagsOfResource(new ListTagsOfResourceRequest { ResourceArn = table.TableArn }, call)).Tags;
        if (list.Length > 0) properties["Tags"] = Described.Tags(list.Select(tag => KeyValuePair.Create(tag.Key!, tag.Value!)));
        var attributes = Described.Of(("Arn", table.TableArn));
        if (table.StreamSpecification is not null && table.LatestStreamArn is { } arn) attributes["StreamArn"] = arn;
        return new ScannedResource(name, properties) { Identifier = Described.Of(("TableName", name)), Attributes = attributes, Label = name };
    }

    private static JsonObject Index(JsonObject described, bool provisioned)
    {
        var index = new JsonObject();
        foreach (var member in (string[])["IndexName", "KeySchema", "Projection"]) index[member] = described[member]!.DeepClone();
        if (provisioned) index["ProvisionedThroughput"] = Throughput(described);
        else if (described["OnDemandThroughput"] is { } limits) index["OnDemandThroughput"] = limits.DeepClone();
        return index;
    }

    private static JsonObject Throughput(JsonObject described)
        => new() { ["ReadCapacityUnits"] = described["ProvisionedThroughput"]!["ReadCapacityUnits"]!.DeepClone(), ["WriteCapacityUnits"] = described["ProvisionedThroughput"]!["WriteCapacityUnits"]!.DeepClone() };
}
