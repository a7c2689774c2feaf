using System.Text.Json.Nodes;
using Galley.DynamoDB.Backups;
using Galley.DynamoDB.Transfers;
using Galley.Wire;

namespace Galley.DynamoDB.Resources;

/// <summary>AWS::DynamoDB::Table: Ref is the name, `Arn` the ARN. Index changes are made one at a time, as UpdateTable wants them.</summary>
internal sealed class TableResource(Tables tables, Imports imports, TableTags tags, TimeToLive timeToLive, ContinuousBackups recovery, ResourcePolicies policies) : IResourceHandler
{
    public string Type => "AWS::DynamoDB::Table";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "TableName", "KeySchema", "LocalSecondaryIndexes", "ImportSourceSpecification" };

    /// <summary>An attribute's type cannot be changed either (AWS: "Replacement if you edit an existing AttributeDefinition").</summary>
    public bool Replaces(string property, JsonNode? before, JsonNode? after)
    {
        if (property != "AttributeDefinitions") return ReplaceOn.Contains(property);
        var types = (before as JsonArray ?? []).ToLookup(one => one?["AttributeName"]?.ToString(), one => one?["AttributeType"]?.ToString());
        return (after as JsonArray ?? []).Any(one => types[one?["AttributeName"]?.ToString()].Any(type => type != one?["AttributeType"]?.ToString()));
    }

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = Read(request, request.Properties);
        var name = properties.TableName ?? request.Name;
        var table = properties.ImportSourceSpecification is { } source ? await Import(source, request, name, properties, call) : (await tables.CreateTable(new()
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
            OnDemandThroughput = properties.OnDemandThroughput,
            WarmThroughput = properties.WarmThroughput,
            ResourcePolicy = properties.ResourcePolicy?.PolicyDocument?.ToJsonString(),
        }, call)).TableDescription;
        request.Exists(name);
        if (properties.TimeToLiveSpecification is { Enabled: true } ttl) await timeToLive.UpdateTimeToLive(new() { TableName = name, TimeToLiveSpecification = ttl }, call);
        await UpdateRecovery(name, properties, null, call);
        await UpdateStreamPolicy(table, properties, null, call);
        return Made(name, table);
    }

    /// <summary>A table made of what lies in a bucket: when its items are there it gets what ImportTable does not take.</summary>
    private async ValueTask<TableDescription> Import(ImportProperties source, ResourceRequest request, string name, TableProperties properties, Call call)
    {
        if (properties.LocalSecondaryIndexes is { Length: > 0 }) throw Errors.Validation("LocalSecondaryIndexes cannot be specified together with ImportSourceSpecification.");
        var import = (await imports.ImportTable(new()
        {
            ClientToken = $"{request.StackId}/{request.Name}",
            S3BucketSource = source.S3BucketSource,
            InputFormat = source.InputFormat,
            InputFormatOptions = source.InputFormatOptions,
            InputCompressionType = source.InputCompressionType,
            TableCreationParameters = new()
            {
                TableName = name,
                AttributeDefinitions = properties.AttributeDefinitions,
                KeySchema = properties.KeySchema,
                GlobalSecondaryIndexes = properties.GlobalSecondaryIndexes,
                BillingMode = properties.BillingMode,
                ProvisionedThroughput = properties.ProvisionedThroughput,
                OnDemandThroughput = properties.OnDemandThroughput,
                SSESpecification = properties.Encryption,
            },
        }, call)).ImportTableDescription;
        request.Exists(name);
        import = await imports.Ended(import.ImportArn, call, request.Until);
        if (import.ImportStatus != "COMPLETED") throw new AwsError(import.FailureCode!, import.FailureMessage!);
        var now = Settled(properties);
        await UpdateStream(name, now, now with { StreamSpecification = null }, call);
        var table = (await tables.DescribeTable(new TableRequest { TableName = name }, call)).Table;
        await UpdatePolicy(table.TableArn, now.ResourcePolicy, null, call);
        if (now.Tags is { Length: > 0 }) await tags.TagResource(new() { ResourceArn = table.TableArn, Tags = now.Tags }, call);
        await UpdateSettings(name, now, now with { TableClass = "STANDARD", DeletionProtectionEnabled = false, WarmThroughput = null }, call);
        return table;
    }

    private static TableProperties Settled(TableProperties said)
        => said with { BillingMode = said.BillingMode ?? "PROVISIONED", TableClass = said.TableClass ?? "STANDARD", DeletionProtectionEnabled = said.DeletionProtectionEnabled ?? false };

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var name = request.PhysicalId;
        var now = Settled(Read(request, request.Properties));
        var before = await AsItIs(name, Before(request) ?? now, call);
        await UpdateSettings(name, now, before, call);
        await UpdateIndexes(name, now, before, call);
        await UpdateTimeToLive(name, now.TimeToLiveSpecification, before.TimeToLiveSpecification, call);
        await UpdateStream(name, now, before, call);
        var table = (await tables.DescribeTable(new TableRequest { TableName = name }, call)).Table;
        var arn = table.TableArn;
        await UpdateRecovery(name, now, before, call);
        await UpdatePolicy(arn, now.ResourcePolicy, before.ResourcePolicy, call);
        await UpdateStreamPolicy(table, now, before, call);
        var gone = (before.Tags ?? []).Select(tag => tag.Key!).Except((now.Tags ?? []).Select(tag => tag.Key!)).ToArray();
        if (gone.Length > 0) await tags.UntagResource(new() { ResourceArn = arn, TagKeys = gone }, call);
        if (now.Tags is { Length: > 0 }) await tags.TagResource(new() { ResourceArn = arn, Tags = now.Tags }, call);
        return Made(name, table);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        if (await imports.Filling(request.PhysicalId, call) is { } import) await imports.Ended(import, call, request.Until);
        try
        {
            await tables.DeleteTable(new TableRequest { TableName = request.PhysicalId }, call);
        }
        catch (AwsError e) when (e.Code == "ResourceNotFoundException")
        {
            // gone already
        }
    }

    /// <summary>What was said of the table, but as it is where a change that is made already would be an error: an update may have failed half-way.</summary>
    private async ValueTask<TableProperties> AsItIs(string name, TableProperties said, Call call)
    {
        var table = (await tables.DescribeTable(new TableRequest { TableName = name }, call)).Table;
        var onDemand = table.BillingModeSummary?.BillingMode == "PAY_PER_REQUEST";
        var expiry = (await timeToLive.DescribeTimeToLive(new TableRequest { TableName = name }, call)).TimeToLiveDescription;
        return said with
        {
            BillingMode = onDemand ? "PAY_PER_REQUEST" : "PROVISIONED",
            ProvisionedThroughput = Throughput(table.ProvisionedThroughput),
            GlobalSecondaryIndexes = [.. (table.GlobalSecondaryIndexes ?? []).Select(index => new SecondaryIndex { IndexName = index.IndexName, KeySchema = index.KeySchema, Projection = index.Projection, ProvisionedThroughput = Throughput(index.ProvisionedThroughput), OnDemandThroughput = index.OnDemandThroughput, WarmThroughput = Warm(index.WarmThroughput!) })],
            OnDemandThroughput = table.OnDemandThroughput,
            StreamSpecification = table.StreamSpecification is { StreamEnabled: true } stream ? new StreamProperties(stream.StreamViewType, said.StreamSpecification?.ResourcePolicy) : null,
            TableClass = table.TableClassSummary?.TableClass ?? "STANDARD",
            DeletionProtectionEnabled = table.DeletionProtectionEnabled,
            TimeToLiveSpecification = expiry is { TimeToLiveStatus: "ENABLED" or "ENABLING" } ? new TimeToLiveSpecification { AttributeName = expiry.AttributeName, Enabled = true } : null,
        };

        static WarmThroughputRequest Warm(WarmThroughput described) => new() { ReadUnitsPerSecond = described.ReadUnitsPerSecond, WriteUnitsPerSecond = described.WriteUnitsPerSecond };

        ProvisionedThroughput? Throughput(ThroughputDescription? described)
            => onDemand || described is null ? null : new() { ReadCapacityUnits = described.ReadCapacityUnits, WriteCapacityUnits = described.WriteCapacityUnits };
    }

    private async ValueTask UpdateSettings(string name, TableProperties now, TableProperties before, Call call)
    {
        // UpdateTable takes one kind of change at a time. Leaving on-demand, the indexes' throughputs go with the table's.
        var leaving = before.BillingMode == "PAY_PER_REQUEST" && now.BillingMode != "PAY_PER_REQUEST";
        var update = new UpdateTableRequest { TableName = name };
        if (now.BillingMode != before.BillingMode || now.ProvisionedThroughput != before.ProvisionedThroughput && now.ProvisionedThroughput is not null)
            await tables.UpdateTable(update with
            {
                AttributeDefinitions = now.AttributeDefinitions,
                BillingMode = now.BillingMode == before.BillingMode ? null : now.BillingMode,
                ProvisionedThroughput = now.ProvisionedThroughput == before.ProvisionedThroughput ? null : now.ProvisionedThroughput,
                GlobalSecondaryIndexUpdates = leaving ? Throughputs(now, before) : null,
            }, call);
        if (now.BillingMode == "PAY_PER_REQUEST" && now.OnDemandThroughput != before.OnDemandThroughput) await tables.UpdateTable(update with { OnDemandThroughput = Limits(now.OnDemandThroughput) }, call);
        if (now.WarmThroughput != before.WarmThroughput && now.WarmThroughput is not null) await tables.UpdateTable(update with { WarmThroughput = now.WarmThroughput }, call);
        if (now.DeletionProtectionEnabled != before.DeletionProtectionEnabled) await tables.UpdateTable(update with { DeletionProtectionEnabled = now.DeletionProtectionEnabled }, call);
        if (now.TableClass != before.TableClass) await tables.UpdateTable(update with { TableClass = now.TableClass }, call);
        if (now.SSESpecification != before.SSESpecification) await tables.UpdateTable(update with { SSESpecification = now.Encryption ?? new() { Enabled = false } }, call);
    }

    /// <summary>An update leaves a limit as it is that it does not name.</summary>
    private static OnDemandThroughput Limits(OnDemandThroughput? wanted)
        => new() { MaxReadRequestUnits = wanted?.MaxReadRequestUnits ?? -1, MaxWriteRequestUnits = wanted?.MaxWriteRequestUnits ?? -1 };

    private static GlobalSecondaryIndexUpdate[]? Throughputs(TableProperties now, TableProperties before)
    {
        var kept = (before.GlobalSecondaryIndexes ?? []).Select(index => index.IndexName).ToHashSet();
        var updates = (now.GlobalSecondaryIndexes ?? []).Where(index => kept.Contains(index.IndexName))
            .Select(index => new GlobalSecondaryIndexUpdate { Update = new() { IndexName = index.IndexName, ProvisionedThroughput = index.ProvisionedThroughput } }).ToArray();
        return updates.Length == 0 ? null : updates;
    }

    private async ValueTask UpdateRecovery(string name, TableProperties now, TableProperties? before, Call call)
    {
        var (wanted, present) = (now.PointInTimeRecoverySpecification, before?.PointInTimeRecoverySpecification);
        if (wanted == present || wanted is not { PointInTimeRecoveryEnabled: true } && present is not { PointInTimeRecoveryEnabled: true }) return;
        var on = wanted is { PointInTimeRecoveryEnabled: true };
        await recovery.UpdateContinuousBackups(new()
        {
            TableName = name,
            PointInTimeRecoverySpecification = new() { PointInTimeRecoveryEnabled = on, RecoveryPeriodInDays = on ? wanted!.RecoveryPeriodInDays : null },
        }, call);
    }

    private async ValueTask UpdateStreamPolicy(TableDescription table, TableProperties now, TableProperties? before, Call call)
    {
        if (table.StreamSpecification is null) return;
        var same = before?.StreamSpecification?.StreamViewType == now.StreamSpecification?.StreamViewType;
        await UpdatePolicy(table.LatestStreamArn!, now.StreamSpecification?.ResourcePolicy, same ? before?.StreamSpecification?.ResourcePolicy : null, call);
    }

    private async ValueTask UpdatePolicy(string arn, PolicyProperties? now, PolicyProperties? before, Call call)
    {
        if (JsonNode.DeepEquals(now?.PolicyDocument, before?.PolicyDocument)) return;
        if (now?.PolicyDocument is { } document) await policies.PutResourcePolicy(new() { ResourceArn = arn, Policy = document.ToJsonString() }, call);
        else await policies.DeleteResourcePolicy(new() { ResourceArn = arn }, call);
    }

    /// <summary>Another view type means another stream.</summary>
    private async ValueTask UpdateStream(string name, TableProperties now, TableProperties before, Call call)
    {
        if (now.StreamSpecification?.StreamViewType == before.StreamSpecification?.StreamViewType) return;
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
            else if (Update(kept, index) is { } update)
                await Change(new() { Update = update });
        foreach (var index in wanted)
            if (present.FirstOrDefault(other => other.IndexName == index.IndexName) is not { } kept || !SameShape(kept, index))
                await Change(new() { Create = index });

        SecondaryIndex? Update(SecondaryIndex kept, SecondaryIndex index)
        {
            var update = new SecondaryIndex
            {
                IndexName = index.IndexName,
                ProvisionedThroughput = kept.ProvisionedThroughput is not null && index.ProvisionedThroughput is not null && kept.ProvisionedThroughput != index.ProvisionedThroughput ? kept.ProvisionedThroughput : null,
                OnDemandThroughput = now.BillingMode == "PAY_PER_REQUEST" && kept.OnDemandThroughput != index.OnDemandThroughput ? Limits(kept.OnDemandThroughput) : null,
                WarmThroughput = kept.WarmThroughput is { IsEmpty: false } warm && (warm.ReadUnitsPerSecond ?? index.WarmThroughput?.ReadUnitsPerSecond, warm.WriteUnitsPerSecond ?? index.WarmThroughput?.WriteUnitsPerSecond) != (index.WarmThroughput?.ReadUnitsPerSecond, index.WarmThroughput?.WriteUnitsPerSecond) ? warm : null,
            };
            return update is { ProvisionedThroughput: null, OnDemandThroughput: null, WarmThroughput: null } ? null : update;
        }

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

    /// <summary>Null when they were refused: then nothing of them was done.</summary>
    private static TableProperties? Before(ResourceRequest request)
    {
        try
        {
            return Read(request, request.OldProperties);
        }
        catch (AwsError)
        {
            return null;
        }
    }

    private static TableProperties Read(ResourceRequest request, JsonObject json)
    {
        foreach (var of in (json["GlobalSecondaryIndexes"] as JsonArray ?? []).Append(json)) RefuseInsights(of as JsonObject);
        if (json["KinesisStreamSpecification"] is not null) throw Errors.Unsupported("KinesisStreamSpecification");
        return (request with { Properties = json }).Read(TablePropertiesJson.Default.TableProperties);
    }

    /// <summary>What is switched off needs nothing.</summary>
    private static void RefuseInsights(JsonObject? of)
    {
        if (of?["ContributorInsightsSpecification"] is not { } insights) return;
        if (!(insights is JsonObject && "false".Equals(insights["Enabled"]?.ToString(), StringComparison.OrdinalIgnoreCase))) throw Errors.Unsupported("ContributorInsightsSpecification");
        of.Remove("ContributorInsightsSpecification");
    }
}
