using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>What UpdateTable does to a table's definition.</summary>
internal static class TableChange
{
    /// <param name="table">As it is.</param>
    /// <param name="request">Sound in itself.</param>
    /// <param name="encryption">That its SSESpecification wants, with the ARN of the key.</param>
    /// <param name="now">The time.</param>
    public static TableDocument Apply(TableDocument table, UpdateTableRequest request, SSEDescription? encryption, DateTimeOffset now)
    {
        if (request.BillingMode is { } mode && (mode == "PAY_PER_REQUEST" != table.OnDemand || mode == "PROVISIONED" && request.ProvisionedThroughput is null)) table = WithBilling(table, request, now);
        else if (request.ProvisionedThroughput is { } throughput) table = WithThroughput(table, throughput, now);
        if (request.DeletionProtectionEnabled is { } isProtected) table = table with { DeletionProtection = isProtected };
        if (request.TableClass is { } tableClass && tableClass != (table.TableClass ?? "STANDARD")) table = table with { TableClass = tableClass, TableClassSince = now, TableClassSinceBefore = table.TableClassSince };
        if (request.SSESpecification is { } asked) table = WithEncryption(table, asked, encryption, now);
        if (request.OnDemandThroughput is { } limits) table = table with { OnDemandLimits = ThroughputRules.Merge(table.OnDemandLimits, ThroughputRules.Check(limits, table.OnDemand, updating: true)!) };
        if (request.WarmThroughput is { } warm) table = table with { Warm = ThroughputRules.Raise(TableDescriptions.Warm(table.OnDemand, table.Throughput, table.Warm), warm) };
        return WithIndexes(table, request, now);
    }

    private static TableDocument WithEncryption(TableDocument table, SSESpecification asked, SSEDescription? wanted, DateTimeOffset now)
    {
        if (wanted is null && table.Encryption is null) throw Errors.InvalidParameterValues("Table is already encrypted by default");
        if (asked.KMSMasterKeyId is { } key && key == table.Encryption?.KMSMasterKeyArn)
            throw Errors.InvalidParameterValues("Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key");
        return table with { Encryption = wanted, EncryptionChanges = EncryptionChanges.After(table.EncryptionChanges, now) };
    }

    private static TableDocument WithBilling(TableDocument table, UpdateTableRequest request, DateTimeOffset now)
    {
        table = StillWarm(table);
        if (request.BillingMode == "PAY_PER_REQUEST")
        {
            if (request.ProvisionedThroughput is not null)
                throw Errors.InvalidParameterValues("ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST");
            var none = new ProvisionedThroughput { ReadCapacityUnits = 0, WriteCapacityUnits = 0 };
            return table with { OnDemand = true, OnDemandSince = now, Throughput = none, Indexes = [.. table.Indexes.Select(index => index with { Throughput = none })] };
        }

        return table with
        {
            OnDemand = false,
            OnDemandLimits = null,
            Indexes = [.. table.Indexes.Select(index => index.Global ? Provisioned(index, request) : index)],
            Throughput = request.ProvisionedThroughput
                         ?? throw Errors.InvalidParameterValues("ProvisionedThroughput must be specified when BillingMode is PROVISIONED"),
        };
    }

    /// <summary>Leaving on-demand, every global index needs its throughput in the same call.</summary>
    private static IndexDocument Provisioned(IndexDocument index, UpdateTableRequest request)
        => request.GlobalSecondaryIndexUpdates?.FirstOrDefault(update => update.Update?.IndexName == index.IndexName)?.Update?.ProvisionedThroughput is { } throughput
            ? index with { Throughput = throughput, OnDemandLimits = null }
            : throw Errors.InvalidParameterValues($"ProvisionedThroughput must be specified for index: {index.IndexName}");

    private static TableDocument WithThroughput(TableDocument table, ProvisionedThroughput throughput, DateTimeOffset now)
    {
        if (table.OnDemand)
            throw Errors.InvalidParameterValues("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
        if (throughput == table.Throughput)
            throw Errors.Validation($"The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: {table.Throughput.ReadCapacityUnits}. Requested ReadCapacityUnits: {throughput.ReadCapacityUnits}. Current WriteCapacityUnits provisioned for the table: {table.Throughput.WriteCapacityUnits}. Requested WriteCapacityUnits: {throughput.WriteCapacityUnits}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.");
        return table with { Throughput = throughput, History = table.History.After(table.Throughput, throughput, now), Warm = StillWarm(table.OnDemand, table.Throughput, table.Warm) };
    }

    /// <summary>What a table or an index is warmed up for never falls, whatever its throughput does.</summary>
    private static WarmThroughputRequest StillWarm(bool onDemand, ProvisionedThroughput throughput, WarmThroughputRequest? warm)
    {
        var now = TableDescriptions.Warm(onDemand, throughput, warm);
        return new() { ReadUnitsPerSecond = now.ReadUnitsPerSecond, WriteUnitsPerSecond = now.WriteUnitsPerSecond };
    }

    private static TableDocument StillWarm(TableDocument table) => table with
    {
        Warm = StillWarm(table.OnDemand, table.Throughput, table.Warm),
        Indexes = [.. table.Indexes.Select(index => index.Global ? index with { Warm = StillWarm(table.OnDemand, index.Throughput, index.Warm) } : index)],
    };

    private static TableDocument WithIndexes(TableDocument table, UpdateTableRequest request, DateTimeOffset now)
    {
        var updates = request.GlobalSecondaryIndexUpdates ?? [];
        if (updates.Count(update => update.Create is not null || update.Delete is not null) is var online && online > 1
            || online == 1 && table.Indexes.Any(index => index.Status is not null && updates.All(update => update.Delete?.IndexName != index.IndexName)))
            throw new AwsError("LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
        foreach (var update in updates)
        {
            if (update.Create is { } create) table = WithNewIndex(table, create, request.AttributeDefinitions ?? []);
            else if (update.Delete is { } delete) table = Without(table, delete.IndexName);
            else table = WithIndexThroughput(table, update.Update!, switching: request.BillingMode is not null, now);
        }

        return table;
    }

    private static TableDocument WithNewIndex(TableDocument table, SecondaryIndex create, AttributeDefinition[] definitions)
    {
        if (table.Indexes.Any(index => index.IndexName == create.IndexName))
            throw Errors.Validation("Attempting to create an index which already exists");
        if (table.Indexes.Count(index => index.Global) >= 20) throw new AwsError("LimitExceededException", "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20");
        if (table.LastIndex >= 250) throw Errors.Unsupported("more than 250 indexes over the life of one table");
        if (definitions.Length == 0) throw Errors.InvalidParameterValues($"AttributeDefinitions is not specified for index: {create.IndexName}");
        TableRules.CheckKeys(create.KeySchema!, definitions, several: true);
        foreach (var element in create.KeySchema!) CheckType(table, element, definitions);
        TableRules.CheckProjection(create);
        if (table.OnDemand == (create.ProvisionedThroughput is not null))
            throw Errors.InvalidParameterValues(table.OnDemand
                ? $"Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {create.IndexName} when BillingMode is PAY_PER_REQUEST"
                : $"Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {create.IndexName}");
        ThroughputRules.Check(create.OnDemandThroughput, table.OnDemand, updating: false, create.IndexName);
        ThroughputRules.CheckWarm(create.WarmThroughput, create.ProvisionedThroughput ?? new(), table.OnDemand, $"index {create.IndexName}");
        var number = table.LastIndex + 1;
        var all = TableRules.Sorted([.. table.AttributeDefinitions, .. definitions.Where(added => table.AttributeDefinitions.All(known => known.AttributeName != added.AttributeName))]);
        return Trimmed(table with { Indexes = [.. table.Indexes, Tables.Document(create, number, global: true)], LastIndex = number, AttributeDefinitions = all });
    }

    /// <summary>An attribute that is a key already has its type; only a new index that would need another one is refused.</summary>
    private static void CheckType(TableDocument table, KeySchemaElement element, AttributeDefinition[] definitions)
    {
        var known = table.AttributeDefinitions.FirstOrDefault(definition => definition.AttributeName == element.AttributeName);
        var wanted = definitions.First(definition => definition.AttributeName == element.AttributeName).AttributeType;
        if (known is null || known.AttributeType == wanted) return;
        var at = table.KeySchema.Concat(table.Indexes.SelectMany(index => index.KeySchema)).First(existing => existing.AttributeName == element.AttributeName);
        throw Errors.InvalidParameterValues("Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. "
            + $"Existing schema: Schema:[SchemaElement: key{{{at.AttributeName}:{known.AttributeType}:{at.KeyType}}}] New schema: Schema:[SchemaElement: key{{{element.AttributeName}:{wanted}:{element.KeyType}}}]");
    }

    private static TableDocument Without(TableDocument table, string? name)
    {
        if (!table.Indexes.Any(index => index.Global && index.IndexName == name))
            throw table.Indexes.Any(index => index.IndexName == name)
                ? Errors.Validation($"Cannot delete an index that is not a GlobalSecondaryIndex: {name}")
                : NoIndex(table, name);
        return Trimmed(table with { Indexes = [.. table.Indexes.Where(index => index.IndexName != name)] });
    }

    private static TableDocument WithIndexThroughput(TableDocument table, SecondaryIndex update, bool switching, DateTimeOffset now)
    {
        var index = table.Indexes.FirstOrDefault(index => index.IndexName == update.IndexName) ?? throw NoIndex(table, update.IndexName);
        if (!index.Global) throw Errors.Validation($"Cannot update an index that is not a GlobalSecondaryIndex: {update.IndexName}");
        var changed = index;
        if (table.OnDemand && (update.ProvisionedThroughput is not null || update is { OnDemandThroughput: null or { IsEmpty: true }, WarmThroughput: null }))
            throw Errors.InvalidParameterValues($"The only Updates for index: {index.IndexName} when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput");
        if (update.ProvisionedThroughput is { } throughput)
        {
            if (throughput == index.Throughput && !switching)
                throw Errors.Validation($"The provisioned throughput for the index {index.IndexName} will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for index {index.IndexName}: {index.Throughput.ReadCapacityUnits}. Requested ReadCapacityUnits: {throughput.ReadCapacityUnits}. Current WriteCapacityUnits provisioned for index {index.IndexName}: {index.Throughput.WriteCapacityUnits}. Requested WriteCapacityUnits: {throughput.WriteCapacityUnits}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.");
            changed = changed with { Throughput = throughput, History = index.History.After(index.Throughput, throughput, now), Warm = StillWarm(table.OnDemand, index.Throughput, index.Warm) };
        }

        if (ThroughputRules.Check(update.OnDemandThroughput, table.OnDemand, updating: true, index.IndexName) is { } limits)
            changed = changed with { OnDemandLimits = ThroughputRules.Merge(index.OnDemandLimits, limits) };
        if (update.WarmThroughput is { } warm)
            changed = changed with { Warm = ThroughputRules.Raise(TableDescriptions.Warm(table.OnDemand, changed.Throughput, changed.Warm), warm, $"index {index.IndexName}") };
        if (update is { ProvisionedThroughput: null, OnDemandThroughput: null, WarmThroughput: null })
            throw Errors.InvalidParameterValues($"Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {index.IndexName}");
        return table with { Indexes = [.. table.Indexes.Select(other => other == index ? changed : other)] };
    }

    private static AwsError NoIndex(TableDocument table, string? name) => new("ResourceNotFoundException", $"Requested resource not found: Index {name} for table {table.TableName}");

    /// <summary>Attribute definitions that no key uses are dropped, as AWS drops them.</summary>
    private static TableDocument Trimmed(TableDocument table) => table with { AttributeDefinitions = Used(table.AttributeDefinitions, table.KeySchema, table.Indexes) };

    public static AttributeDefinition[] Used(AttributeDefinition[] definitions, KeySchemaElement[] schema, IEnumerable<IndexDocument> indexes)
    {
        var used = schema.Concat(indexes.SelectMany(index => index.KeySchema)).Select(element => element.AttributeName).ToHashSet();
        return [.. definitions.Where(definition => used.Contains(definition.AttributeName))];
    }
}
