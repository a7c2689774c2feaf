using System.Text.Json;
using Galley.Wire;

namespace Galley.DynamoDB.Resources;

/// <summary>AWS::DynamoDB::Table: Ref is the name, `Arn` the ARN. Index changes are made one at a time, as UpdateTable wants them.</summary>
internal sealed class TableResource(Tables tables, TableTags tags, TimeToLive timeToLive) : IResourceHandler
{
    public string Type => "AWS::DynamoDB::Table";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "TableName", "KeySchema", "LocalSecondaryIndexes" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = Read(request, request.Properties);
        var name = properties.TableName ?? request.Name;
        var made = await tables.CreateTable(new CreateTableRequest
        {
            TableName = name,
            AttributeDefinitions = properties.AttributeDefinitions,
            KeySchema = properties.KeySchema,
            LocalSecondaryIndexes = properties.LocalSecondaryIndexes,
            GlobalSecondaryIndexes = properties.GlobalSecondaryIndexes,
            BillingMode = properties.BillingMode,
            ProvisionedThroughput = properties.ProvisionedThroughput,
            SSESpecification = properties.Encryption,
            StreamSpecification = Stream(properties),
            Tags = properties.Tags,
            TableClass = properties.TableClass,
            DeletionProtectionEnabled = properties.DeletionProtectionEnabled,
        }, call);
        if (properties.TimeToLiveSpecification is { Enabled: true } ttl) await timeToLive.UpdateTimeToLive(new() { TableName = name, TimeToLiveSpecification = ttl }, call);
        return Made(name, made.TableDescription);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var name = request.PhysicalId;
        var (now, before) = (Read(request, request.Properties), Read(request, request.OldProperties));
        await UpdateSettings(name, now, before, call);
        await UpdateIndexes(name, now, before, call);
        await UpdateTimeToLive(name, now.TimeToLiveSpecification, before.TimeToLiveSpecification, call);
        await UpdateStream(name, now, before, call);
        var table = (await tables.DescribeTable(new TableRequest { TableName = name }, call)).Table;
        var arn = table.TableArn;
        var gone = (before.Tags ?? []).Select(tag => tag.Key!).Except((now.Tags ?? []).Select(tag => tag.Key!)).ToArray();
        if (gone.Length > 0) await tags.UntagResource(new() { ResourceArn = arn, TagKeys = gone }, call);
        if (now.Tags is { Length: > 0 }) await tags.TagResource(new() { ResourceArn = arn, Tags = now.Tags }, call);
        return Made(name, table);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await tables.DeleteTable(new TableRequest { TableName = request.PhysicalId }, call);
        }
        catch (AwsError e) when (e.Code == "ResourceNotFoundException")
        {
            // gone already
        }
    }

    private async ValueTask UpdateSettings(string name, TableProperties now, TableProperties before, Call call)
    {
        var update = new UpdateTableRequest
        {
            TableName = name,
            BillingMode = now.BillingMode == before.BillingMode ? null : now.BillingMode ?? "PROVISIONED",
            ProvisionedThroughput = now.ProvisionedThroughput == before.ProvisionedThroughput ? null : now.ProvisionedThroughput,
            DeletionProtectionEnabled = now.DeletionProtectionEnabled == before.DeletionProtectionEnabled ? null : now.DeletionProtectionEnabled ?? false,
            TableClass = now.TableClass == before.TableClass ? null : now.TableClass ?? "STANDARD",
            SSESpecification = now.SSESpecification == before.SSESpecification ? null : now.Encryption ?? new() { Enabled = false },
        };
        if (update != new UpdateTableRequest { TableName = name }) await tables.UpdateTable(update, call);
    }

    /// <summary>Another view type means another stream.</summary>
    private async ValueTask UpdateStream(string name, TableProperties now, TableProperties before, Call call)
    {
        if (now.StreamSpecification == before.StreamSpecification) return;
        if (before.StreamSpecification is not null) await tables.UpdateTable(new() { TableName = name, StreamSpecification = new() { StreamEnabled = false } }, call);
        if (now.StreamSpecification is not null) await tables.UpdateTable(new() { TableName = name, StreamSpecification = Stream(now) }, call);
    }

    private async ValueTask UpdateIndexes(string name, TableProperties now, TableProperties before, Call call)
    {
        var wanted = now.GlobalSecondaryIndexes ?? [];
        var present = before.GlobalSecondaryIndexes ?? [];
        foreach (var index in present)
            if (wanted.FirstOrDefault(other => other.IndexName == index.IndexName) is not { } kept || !SameShape(kept, index))
                await Change(new() { Delete = new() { IndexName = index.IndexName } });
            else if (kept.ProvisionedThroughput is not null && kept.ProvisionedThroughput != index.ProvisionedThroughput)
                await Change(new() { Update = new() { IndexName = index.IndexName, ProvisionedThroughput = kept.ProvisionedThroughput } });
        foreach (var index in wanted)
            if (present.FirstOrDefault(other => other.IndexName == index.IndexName) is not { } kept || !SameShape(kept, index))
                await Change(new() { Create = index });

        async ValueTask Change(GlobalSecondaryIndexUpdate update)
            => await tables.UpdateTable(new() { TableName = name, AttributeDefinitions = now.AttributeDefinitions, GlobalSecondaryIndexUpdates = [update] }, call);
    }

    private async ValueTask UpdateTimeToLive(string name, TimeToLiveSpecification? now, TimeToLiveSpecification? before, Call call)
    {
        var (wanted, present) = (now is { Enabled: true } ? now : null, before is { Enabled: true } ? before : null);
        if (wanted == present) return;
        if (present is not null) await timeToLive.UpdateTimeToLive(new() { TableName = name, TimeToLiveSpecification = present with { Enabled = false } }, call);
        if (wanted is not null) await timeToLive.UpdateTimeToLive(new() { TableName = name, TimeToLiveSpecification = wanted }, call);
    }

    private static bool SameShape(SecondaryIndex a, SecondaryIndex b)
        => a.KeySchema!.SequenceEqual(b.KeySchema!) && a.Projection!.ProjectionType == b.Projection!.ProjectionType
           && (a.Projection.NonKeyAttributes ?? []).ToHashSet().SetEquals(b.Projection.NonKeyAttributes ?? []);

    private static StreamSpecification? Stream(TableProperties properties)
        => properties.StreamSpecification is { } stream ? new() { StreamEnabled = true, StreamViewType = stream.StreamViewType } : null;

    private static Resource Made(string name, TableDescription table)
    {
        var attributes = new Dictionary<string, string> { ["Arn"] = table.TableArn };
        if (table.StreamSpecification is not null) attributes["StreamArn"] = table.LatestStreamArn!;
        return new(name, attributes);
    }

    private static TableProperties Read(ResourceRequest request, System.Text.Json.Nodes.JsonObject json)
    {
        TableProperties properties;
        try
        {
            properties = json.Deserialize(TablePropertiesJson.Default.TableProperties)!;
        }
        catch (JsonException e)
        {
            throw Errors.Validation($"The properties of {request.LogicalId} are not those of AWS::DynamoDB::Table that Galley supports: {e.Message}");
        }

        if (properties.PointInTimeRecoverySpecification is { PointInTimeRecoveryEnabled: true })
            throw Errors.Unsupported("point-in-time recovery (PointInTimeRecoverySpecification)");
        return properties;
    }
}
