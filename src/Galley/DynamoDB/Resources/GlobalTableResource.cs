using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.DynamoDB.Resources;

/// <summary>
/// AWS::DynamoDB::GlobalTable with a single replica, in the stack's own region: a table that is written down in another way, as the CDK's
/// TableV2 does it. Replicas elsewhere and capacity that scales by itself are refused.
/// </summary>
internal sealed class GlobalTableResource(TableResource table, Tables tables) : IResourceHandler
{
    private const string OnDemand = "OnDemandThroughputSettings";
    private static readonly string[] Lacking = ["GlobalTableSourceArn", "GlobalTableWitnesses", "MultiRegionConsistency", "GlobalTableSettingsReplicationMode", "WriteProvisionedThroughputSettings", "ReadProvisionedThroughputSettings"];

    public string Type => "AWS::DynamoDB::GlobalTable";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "TableName", "KeySchema", "LocalSecondaryIndexes" };

    public bool Replaces(string property, JsonNode? before, JsonNode? after) => table.Replaces(property, before, after);

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
        => await Made(await table.Create(request with { Properties = AsTable(request.Properties, call) }, call), call);

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var now = AsTable(request.Properties, call);
        JsonObject before;
        try
        {
            before = AsTable(request.OldProperties, call);
        }
        catch (AwsError) // they were refused: nothing of them was done
        {
            before = now;
        }

        return await Made(await table.Update(request with { Properties = now, OldProperties = before }, call), call);
    }

    public ValueTask Delete(ResourceRequest request, Call call) => table.Delete(request, call);

    private async ValueTask<Resource> Made(Resource made, Call call)
    {
        var described = (await tables.DescribeTable(new TableRequest { TableName = made.PhysicalId }, call)).Table;
        return made with { Attributes = new Dictionary<string, string>(made.Attributes) { ["TableId"] = described.TableId } };
    }

    /// <summary>The same as properties of AWS::DynamoDB::Table. What is not known stays, and is refused there.</summary>
    private static JsonObject AsTable(JsonObject global, Call call)
    {
        var made = (JsonObject)global.DeepClone();
        if (Take(made, "Replicas") is not JsonArray { Count: 1 } replicas || replicas[0] is not JsonObject replica || Take(replica, "Region")?.ToString() != call.Region)
            throw Errors.Unsupported($"Replicas in other regions than {call.Region}");
        Refuse(made);
        Refuse(replica);
        Limit(made, Take(made, "Write" + OnDemand), Take(replica, "Read" + OnDemand) ?? Take(made, "Read" + OnDemand));
        var ofIndexes = Take(replica, "GlobalSecondaryIndexes") as JsonArray ?? [];
        foreach (var index in (made["GlobalSecondaryIndexes"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var own = ofIndexes.OfType<JsonObject>().FirstOrDefault(one => one["IndexName"]?.ToString() == index["IndexName"]?.ToString()) ?? [];
            Refuse(index);
            Refuse(own);
            Limit(index, Take(index, "Write" + OnDemand), Take(own, "Read" + OnDemand) ?? Take(index, "Read" + OnDemand));
            Move(own, index);
        }

        if (Take(replica, "ReplicaStreamSpecification") is JsonObject stream) Move(stream, Part(made, "StreamSpecification"));
        if (Take(replica, "SSESpecification") is JsonObject encryption) Move(encryption, Part(made, "SSESpecification"));
        Move(replica, made);
        return made;
    }

    private static void Limit(JsonObject of, JsonNode? write, JsonNode? read)
    {
        if (write is not JsonObject && read is not JsonObject) return;
        var limits = Part(of, "OnDemandThroughput");
        if (write is JsonObject writes) Move(writes, limits);
        if (read is JsonObject reads) Move(reads, limits);
    }

    private static void Refuse(JsonObject of)
    {
        foreach (var name in Lacking)
            if (of[name] is not null)
                throw Errors.Unsupported(name);
    }

    private static JsonObject Part(JsonObject of, string name)
    {
        if (of[name] is not JsonObject part) of[name] = part = [];
        return part;
    }

    private static JsonNode? Take(JsonObject from, string name)
    {
        var taken = from[name];
        from.Remove(name);
        return taken;
    }

    private static void Move(JsonObject from, JsonObject to)
    {
        foreach (var (name, value) in from) to[name] = value?.DeepClone();
    }
}
