using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>What UpdateTable does to a table's definition.</summary>
internal static class TableChange
{
    public static TableDocument Apply(TableDocument table, UpdateTableRequest request, DateTimeOffset now)
    {
        if (request.BillingMode is { } mode && mode == "PAY_PER_REQUEST" != table.OnDemand) table = WithBilling(table, request, now);
        else if (request.ProvisionedThroughput is { } throughput) table = WithThroughput(table, throughput, now);
        if (request.DeletionProtectionEnabled is { } isProtected) table = table with { DeletionProtection = isProtected };
        if (request.TableClass is { } tableClass && tableClass != (table.TableClass ?? "STANDARD")) table = table with { TableClass = tableClass, TableClassSince = now };
        if (request.SSESpecification is { } encryption) table = table with { Encryption = TableRules.Encryption(encryption) };
        return WithIndexes(table, request);
    }

    private static TableDocument WithBilling(TableDocument table, UpdateTableRequest request, DateTimeOffset now)
    {
        if (request.BillingMode == "PAY_PER_REQUEST")
        {
            if (request.ProvisionedThroughput is not null)
                throw Errors.InvalidParameterValues("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
            var none = new ProvisionedThroughput { ReadCapacityUnits = 0, WriteCapacityUnits = 0 };
            return table with { OnDemand = true, OnDemandSince = now, Throughput = none, Indexes = [.. table.Indexes.Select(index => index with { Throughput = none })] };
        }

        return table with
        {
            OnDemand = false,
            Throughput = request.ProvisionedThroughput
                         ?? throw Errors.InvalidParameterValues("ProvisionedThroughput must be specified when BillingMode is PROVISIONED"),
        };
    }

    private static TableDocument WithThroughput(TableDocument table, ProvisionedThroughput throughput, DateTimeOffset now)
    {
        if (table.OnDemand)
            throw Errors.InvalidParameterValues("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
        if (throughput == table.Throughput)
            throw Errors.Validation($"The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: {table.Throughput.ReadCapacityUnits}. Requested ReadCapacityUnits: {throughput.ReadCapacityUnits}. Current WriteCapacityUnits provisioned for the table: {table.Throughput.WriteCapacityUnits}. Requested WriteCapacityUnits: {throughput.WriteCapacityUnits}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.");
        var more = throughput.ReadCapacityUnits > table.Throughput.ReadCapacityUnits || throughput.WriteCapacityUnits > table.Throughput.WriteCapacityUnits;
        var less = throughput.ReadCapacityUnits < table.Throughput.ReadCapacityUnits || throughput.WriteCapacityUnits < table.Throughput.WriteCapacityUnits;
        return table with { Throughput = throughput, LastIncrease = more ? now : table.LastIncrease, LastDecrease = less ? now : table.LastDecrease };
    }

    private static TableDocument WithIndexes(TableDocument table, UpdateTableRequest request)
    {
        var updates = request.GlobalSecondaryIndexUpdates ?? [];
        if (updates.Count(update => update.Create is not null || update.Delete is not null) is var online && online > 1
            || online == 1 && updates.All(update => update.Delete is null) && table.Indexes.Any(index => index.Status is not null))
            throw new AwsError("LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
        foreach (var update in updates)
        {
            if (new object?[] { update.Create, update.Update, update.Delete }.Count(part => part is not null) != 1)
                throw Errors.InvalidParameterValues("One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null");
            if (update.Create is { } create) table = WithNewIndex(table, create, request.AttributeDefinitions ?? []);
            else if (update.Delete is { } delete) table = Without(table, delete.IndexName);
            else table = WithIndexThroughput(table, update.Update!);
        }

        return table;
    }

    private static TableDocument WithNewIndex(TableDocument table, SecondaryIndex create, AttributeDefinition[] definitions)
    {
        if (table.Indexes.Any(index => index.IndexName == create.IndexName))
            throw Errors.Validation($"Attempting to create an index which already exists: {create.IndexName}");
        if (table.Indexes.Count(index => index.Global) >= 20) throw Errors.InvalidParameterValues("GlobalSecondaryIndex count exceeds the per-table limit of 20");
        if (table.LastIndex >= 250) throw Errors.Unsupported("more than 250 indexes over the life of one table");
        var all = table.AttributeDefinitions.Concat(definitions.Where(added => table.AttributeDefinitions.All(known => known.AttributeName != added.AttributeName))).ToArray();
        TableRules.CheckKeys(create.KeySchema!, all, several: true);
        TableRules.CheckProjection(create);
        if (table.OnDemand == (create.ProvisionedThroughput is not null))
            throw Errors.InvalidParameterValues(table.OnDemand
                ? $"ProvisionedThroughput should not be specified for index: {create.IndexName} when BillingMode is PAY_PER_REQUEST"
                : $"ProvisionedThroughput must be specified for index: {create.IndexName}");
        var number = table.LastIndex + 1;
        return Trimmed(table with { Indexes = [.. table.Indexes, Tables.Document(create, number, global: true)], LastIndex = number, AttributeDefinitions = all });
    }

    private static TableDocument Without(TableDocument table, string? name)
    {
        if (!table.Indexes.Any(index => index.Global && index.IndexName == name))
            throw new AwsError("ResourceNotFoundException", "Requested resource not found");
        return Trimmed(table with { Indexes = [.. table.Indexes.Where(index => index.IndexName != name)] });
    }

    private static TableDocument WithIndexThroughput(TableDocument table, SecondaryIndex update)
    {
        var index = table.Indexes.FirstOrDefault(index => index.Global && index.IndexName == update.IndexName) ?? throw Errors.ResourceNotFound();
        return table with { Indexes = [.. table.Indexes.Select(other => other == index ? index with { Throughput = update.ProvisionedThroughput! } : other)] };
    }

    /// <summary>Attribute definitions that no key uses are dropped, as AWS drops them.</summary>
    private static TableDocument Trimmed(TableDocument table) => table with { AttributeDefinitions = Used(table.AttributeDefinitions, table.KeySchema, table.Indexes) };

    public static AttributeDefinition[] Used(AttributeDefinition[] definitions, KeySchemaElement[] schema, IEnumerable<IndexDocument> indexes)
    {
        var used = schema.Concat(indexes.SelectMany(index => index.KeySchema)).Select(element => element.AttributeName).ToHashSet();
        return [.. definitions.Where(definition => used.Contains(definition.AttributeName))];
    }
}
