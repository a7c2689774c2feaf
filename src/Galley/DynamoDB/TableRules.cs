namespace Galley.DynamoDB;

/// <summary>What CreateTable and UpdateTable accept.</summary>
internal static class TableRules
{
    /// <summary>Attributes in each half of a global index's key.</summary>
    private const int MostOfAKind = 4;
    private const int MostGlobal = 20, MostLocal = 5, MostNonKeys = 20;

    public static void Check(CreateTableRequest request)
    {
        if (request.TableName is null) throw Errors.Required("TableName");
        Constraints.NoNulls(request.AttributeDefinitions, "attributeDefinitions");
        Constraints.NoNulls(request.KeySchema, "keySchema");
        CheckMembers(request.LocalSecondaryIndexes, "localSecondaryIndexes");
        CheckMembers(request.GlobalSecondaryIndexes, "globalSecondaryIndexes");
        var constraints = new Constraints();
        if (!request.TableName.StartsWith("arn:", StringComparison.Ordinal)) constraints.Name(request.TableName, "tableName");
        constraints.OneOf(request.BillingMode, "billingMode", "PROVISIONED", "PAY_PER_REQUEST")
            .Present(request.AttributeDefinitions, "attributeDefinitions")
            .Present(request.KeySchema, "keySchema");
        CheckKeySchema(constraints, request.KeySchema, "keySchema");
        CheckDefinitions(constraints, request.AttributeDefinitions);
        CheckThroughput(constraints, request.ProvisionedThroughput, "provisionedThroughput");
        CheckShapes(constraints, request.GlobalSecondaryIndexes, "globalSecondaryIndexes", 2 * MostOfAKind);
        CheckShapes(constraints, request.LocalSecondaryIndexes, "localSecondaryIndexes", 2);
        CheckStreamShape(constraints, request.StreamSpecification);
        constraints.NotEmpty(request.SSESpecification?.KMSMasterKeyId, "sSESpecification.kMSMasterKeyId").Throw();

        CheckTableClass(request.TableClass);
        CheckBilling(request.BillingMode ?? "PROVISIONED", request.ProvisionedThroughput, request.GlobalSecondaryIndexes ?? []);
        CheckStream(request.StreamSpecification, creating: true);
        CheckEncryption(request.SSESpecification);
        if (request.KeySchema!.Length > request.AttributeDefinitions!.Length) throw Errors.Validation("Invalid KeySchema: Some index key attribute have no definition");
        CheckKeys(request.KeySchema, request.AttributeDefinitions);
        CheckIndexes(request);
        CheckDefinitionsUsed(request);
        CheckCapacityLimits(request);
    }

    public static void Check(UpdateTableRequest request)
    {
        Constraints.NoNulls(request.AttributeDefinitions, "attributeDefinitions");
        Constraints.NoNulls(request.GlobalSecondaryIndexUpdates, "globalSecondaryIndexUpdates");
        CheckMembers([.. (request.GlobalSecondaryIndexUpdates ?? []).Where(update => update.Create is not null).Select(update => update.Create!)], "globalSecondaryIndexUpdates");
        var constraints = TableNames.Constraints(request.TableName).OneOf(request.BillingMode, "billingMode", "PROVISIONED", "PAY_PER_REQUEST");
        CheckDefinitions(constraints, request.AttributeDefinitions);
        CheckThroughput(constraints, request.ProvisionedThroughput, "provisionedThroughput");
        for (var i = 0; i < request.GlobalSecondaryIndexUpdates?.Length; i++)
        {
            var (update, at) = (request.GlobalSecondaryIndexUpdates[i], $"globalSecondaryIndexUpdates.{i + 1}.member");
            if (update.Create is not null) CheckShape(constraints, update.Create, at + ".create", 2 * MostOfAKind);
            if (update.Delete is not null) constraints.Name(update.Delete.IndexName, at + ".delete.indexName");
            if (update.Update is null) continue;
            constraints.Name(update.Update.IndexName, at + ".update.indexName");
            CheckThroughput(constraints, update.Update.ProvisionedThroughput, at + ".update.provisionedThroughput");
        }

        CheckStreamShape(constraints, request.StreamSpecification);
        constraints.NotEmpty(request.SSESpecification?.KMSMasterKeyId, "sSESpecification.kMSMasterKeyId").Throw();
        TableUpdateRules.Check(request);
        CheckTableClass(request.TableClass);
        CheckStream(request.StreamSpecification, creating: false);
        CheckEncryption(request.SSESpecification);
    }

    /// <summary>The shape of what a restore overrides, told with <paramref name="constraints"/>.</summary>
    public static void CheckOverrides(Constraints constraints, Backups.RestoreRequest request)
    {
        CheckMembers(request.GlobalSecondaryIndexOverride, "globalSecondaryIndexOverride");
        CheckMembers(request.LocalSecondaryIndexOverride, "localSecondaryIndexOverride");
        CheckShapes(constraints, request.GlobalSecondaryIndexOverride, "globalSecondaryIndexOverride", 2 * MostOfAKind);
        CheckShapes(constraints, request.LocalSecondaryIndexOverride, "localSecondaryIndexOverride", 2);
        CheckThroughput(constraints, request.ProvisionedThroughputOverride, "provisionedThroughputOverride");
        constraints.NotEmpty(request.SSESpecificationOverride?.KMSMasterKeyId, "sSESpecificationOverride.kMSMasterKeyId").Throw();
    }

    private static void CheckMembers(SecondaryIndex[]? indexes, string path)
    {
        Constraints.NoNulls(indexes, path);
        for (var i = 0; i < indexes?.Length; i++)
        {
            Constraints.NoNulls(indexes[i].KeySchema, $"{path}.{i + 1}.member.keySchema");
            Constraints.NoNulls(indexes[i].Projection?.NonKeyAttributes, $"{path}.{i + 1}.member.projection.nonKeyAttributes");
        }
    }

    /// <summary>Null for the default, encryption with a key that AWS owns.</summary>
    public static SSEDescription? Encryption(SSESpecification? specification) => specification is { Enabled: true } or { Enabled: null, SSEType: not null }
        ? new() { Status = "ENABLED", SSEType = specification.SSEType ?? "KMS", KMSMasterKeyArn = specification.KMSMasterKeyId }
        : null;

    /// <param name="several">A global index may have several attributes in each half of its key.</param>
    public static void CheckKeys(KeySchemaElement[] schema, AttributeDefinition[] definitions, bool several = false)
    {
        CheckDefined("Some index key attributes are not defined in AttributeDefinitions", schema, definitions);
        var isTwice = schema.Select(element => element.AttributeName).Distinct().Count() != schema.Length;
        if (isTwice && !several) throw Errors.Validation("Both the Hash Key and the Range Key element in the KeySchema have the same name");
        if (schema[0].KeyType != "HASH") throw Errors.Validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
        if (schema.Length == 2 && !several && schema[1].KeyType != "RANGE") throw Errors.Validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
        var hashes = schema.TakeWhile(element => element.KeyType == "HASH").Count();
        if (schema.Skip(hashes).Any(element => element.KeyType != "RANGE")) throw Errors.InvalidParameterValues("All HASH key attributes must precede RANGE key attributes in the KeySchema");
        if (hashes > MostOfAKind || schema.Length - hashes > MostOfAKind)
            throw Errors.InvalidParameterValues($"The KeySchema exceeds the maximum allowed number of {(hashes > MostOfAKind ? "HASH" : "RANGE")} key attributes");
        if (isTwice) throw Errors.Validation("The KeySchema contains multiple key attributes with the same name");
    }

    public static void CheckProjection(SecondaryIndex index)
    {
        var named = index.Projection!.NonKeyAttributes;
        switch (index.Projection.ProjectionType)
        {
            case null:
                throw Errors.InvalidParameterValues("Unknown ProjectionType: null");
            case "INCLUDE" when named is null:
                throw Errors.InvalidParameterValues("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
            case "ALL" or "KEYS_ONLY" when named is not null:
                throw Errors.InvalidParameterValues($"ProjectionType is {index.Projection.ProjectionType}, but NonKeyAttributes is specified");
        }

        if (named?.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice) throw Errors.InvalidParameterValues($"Duplicate element in NonKeyAttributes: {twice.Key}");
    }

    /// <summary>Definitions are told by name, whatever their order was.</summary>
    public static AttributeDefinition[] Sorted(IEnumerable<AttributeDefinition> definitions) => [.. definitions.OrderBy(definition => definition.AttributeName, StringComparer.Ordinal)];

    public static void CheckThroughput(Constraints constraints, ProvisionedThroughput? throughput, string path)
    {
        if (throughput is null) return;
        constraints.Present(throughput.WriteCapacityUnits, path + ".writeCapacityUnits").AtLeast(throughput.WriteCapacityUnits, path + ".writeCapacityUnits", 1)
            .Present(throughput.ReadCapacityUnits, path + ".readCapacityUnits").AtLeast(throughput.ReadCapacityUnits, path + ".readCapacityUnits", 1);
    }

    private static void CheckDefinitionsUsed(CreateTableRequest request)
    {
        var names = request.AttributeDefinitions!.Select(definition => definition.AttributeName).ToList();
        if (names.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice) throw Errors.Validation($"Attribute Name is duplicated: {twice.Key}");
        var indexes = (request.LocalSecondaryIndexes ?? []).Concat(request.GlobalSecondaryIndexes ?? []).ToList();
        var used = request.KeySchema!.Concat(indexes.SelectMany(index => index.KeySchema!)).Select(element => element.AttributeName).Distinct().ToList();
        if (used.Count == names.Count) return;
        throw Errors.InvalidParameterValues(indexes.Count == 0
            ? "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
            : $"Some AttributeDefinitions are not used. AttributeDefinitions: [{string.Join(", ", names)}], keys used: [{string.Join(", ", used)}]");
    }

    private static void CheckCapacityLimits(CreateTableRequest request)
    {
        var onDemand = request.BillingMode == "PAY_PER_REQUEST";
        var none = new ProvisionedThroughput { ReadCapacityUnits = 0, WriteCapacityUnits = 0 };
        ThroughputRules.Check(request.OnDemandThroughput, onDemand, updating: false);
        ThroughputRules.CheckWarm(request.WarmThroughput, request.ProvisionedThroughput ?? none, onDemand);
        foreach (var index in request.GlobalSecondaryIndexes ?? [])
        {
            ThroughputRules.Check(index.OnDemandThroughput, onDemand, updating: false, index.IndexName);
            ThroughputRules.CheckWarm(index.WarmThroughput, index.ProvisionedThroughput ?? none, onDemand, $"index {index.IndexName}");
        }
    }

    private static void CheckTableClass(string? tableClass)
    {
        if (tableClass is not null and not "STANDARD" and not "STANDARD_INFREQUENT_ACCESS")
            throw Errors.Validation("Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS].");
    }

    private static void CheckDefined(string problem, KeySchemaElement[] schema, AttributeDefinition[] definitions)
    {
        if (schema.Any(element => definitions.All(definition => definition.AttributeName != element.AttributeName)))
            throw Errors.InvalidParameterValues(
                $"{problem}. Keys: [{string.Join(", ", schema.Select(element => element.AttributeName))}], AttributeDefinitions: [{string.Join(", ", definitions.Select(definition => definition.AttributeName))}]");
    }

    private static void CheckBilling(string mode, ProvisionedThroughput? throughput, SecondaryIndex[] indexes)
    {
        if (mode == "PAY_PER_REQUEST")
        {
            if (throughput is not null)
                throw Errors.InvalidParameterValues("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
            if (indexes.FirstOrDefault(index => index.ProvisionedThroughput is not null) is { } index)
                throw Errors.InvalidParameterValues($"ProvisionedThroughput should not be specified for index: {index.IndexName} when BillingMode is PAY_PER_REQUEST");
        }
        else
        {
            if (throughput is null)
                throw Errors.InvalidParameterValues("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
            ThroughputRules.CheckBounds(throughput);
            if (indexes.FirstOrDefault(index => index.ProvisionedThroughput is null) is { } index)
                throw Errors.InvalidParameterValues($"ProvisionedThroughput is not specified for index: {index.IndexName}");
        }
    }

    private static void CheckStream(StreamSpecification? stream, bool creating)
    {
        if (stream is { StreamEnabled: true, StreamViewType: null })
            throw Errors.InvalidParameterValues(creating
                ? "Table is being created with a stream enabled, UpdateViewType is required"
                : "If stream is being enabled then UpdateViewType is required");
        if (stream is { StreamEnabled: false, StreamViewType: not null })
            throw Errors.InvalidParameterValues(creating
                ? "Table is being created with a stream disabled, UpdateViewType should not be specified"
                : "If stream is being disabled, then UpdateViewType must not be specified");
    }

    private static void CheckStreamShape(Constraints constraints, StreamSpecification? stream)
    {
        if (stream is null) return;
        constraints.Present(stream.StreamEnabled, "streamSpecification.streamEnabled")
            .OneOf(stream.StreamViewType, "streamSpecification.streamViewType", "OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE");
    }

    private static void CheckEncryption(SSESpecification? encryption)
    {
        if (encryption is null) return;
        new Constraints().OneOf(encryption.SSEType, "sSESpecification.sSEType", "AES256", "KMS").Throw();
        if (encryption is { Enabled: false, SSEType: not null }) throw Errors.InvalidParameterValues("SSEType can not be specified if Enabled is false");
        if (encryption is { Enabled: false, KMSMasterKeyId: not null }) throw Errors.InvalidParameterValues("KMSMasterKeyId can not be specified if Enabled is false");
        if (encryption is { SSEType: null, KMSMasterKeyId: not null }) throw Errors.InvalidParameterValues("SSEType KMS is required if KMSMasterKeyId is specified");
        if (encryption.SSEType == "AES256") throw Errors.InvalidParameterValues("SSEType AES256 is not supported");
    }

    private static void CheckIndexes(CreateTableRequest request)
    {
        var names = new HashSet<string>();
        if (request.LocalSecondaryIndexes is { } local)
        {
            if (local.Length == 0) throw Errors.InvalidParameterValues("List of LocalSecondaryIndexes is empty");
            if (request.KeySchema!.Length < 2)
                throw Errors.InvalidParameterValues("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
            foreach (var index in local)
            {
                CheckKeys(index.KeySchema!, request.AttributeDefinitions!);
                if (index.KeySchema!.Length < 2) throw Errors.InvalidParameterValues($"Index KeySchema does not have a range key for index: {index.IndexName}");
                if (index.KeySchema[0].AttributeName != request.KeySchema[0].AttributeName)
                    throw Errors.InvalidParameterValues($"Index KeySchema does not have the same leading hash key as table KeySchema for index: {index.IndexName}. index hash key: {index.KeySchema[0].AttributeName}, table hash key: {request.KeySchema[0].AttributeName}");
                CheckIndex(index, names);
            }

            if (local.Length > MostLocal) throw Errors.InvalidParameterValues($"Number of LocalSecondaryIndexes exceeds per-table limit of {MostLocal}");
        }

        if (request.GlobalSecondaryIndexes is not { } global) return;
        if (global.Length == 0) throw Errors.InvalidParameterValues("List of GlobalSecondaryIndexes is empty");
        foreach (var index in global)
        {
            CheckKeys(index.KeySchema!, request.AttributeDefinitions!, several: true);
            CheckIndex(index, names);
        }

        if (global.Length > MostGlobal) throw Errors.InvalidParameterValues($"GlobalSecondaryIndex count exceeds the per-table limit of {MostGlobal}");
    }

    private static void CheckIndex(SecondaryIndex index, HashSet<string> names)
    {
        CheckProjection(index);
        if (!names.Add(index.IndexName!)) throw Errors.InvalidParameterValues($"Duplicate index name: {index.IndexName}");
    }

    private static void CheckShapes(Constraints constraints, SecondaryIndex[]? indexes, string path, int mostKeys)
    {
        for (var i = 0; i < (indexes?.Length ?? 0); i++)
            CheckShape(constraints, indexes![i], $"{path}.{i + 1}.member", mostKeys);
    }

    private static void CheckShape(Constraints constraints, SecondaryIndex index, string at, int mostKeys)
    {
        constraints.Name(index.IndexName, at + ".indexName").Present(index.KeySchema, at + ".keySchema").Present(index.Projection, at + ".projection")
            .OneOf(index.Projection?.ProjectionType, at + ".projection.projectionType", "ALL", "INCLUDE", "KEYS_ONLY");
        if (index.Projection?.NonKeyAttributes is { } named) constraints.Count(named.Length, at + ".projection.nonKeyAttributes", 1, MostNonKeys, $"[{string.Join(", ", named)}]");
        CheckKeySchema(constraints, index.KeySchema, at + ".keySchema", mostKeys);
        if (index.Projection?.NonKeyAttributes is { } names && names.Any(name => name.Length is < 1 or > Constraints.LongestKeyName))
            constraints.Add($"Value '[{string.Join(", ", names)}]' at '{at}.projection.nonKeyAttributes' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]");
        CheckThroughput(constraints, index.ProvisionedThroughput, at + ".provisionedThroughput");
    }

    private static void CheckKeySchema(Constraints constraints, KeySchemaElement[]? schema, string path, int most = 2)
    {
        if (schema is null) return;
        constraints.Count(schema.Length, path, 1, most, "[" + string.Join(", ", schema.Select(element => $"KeySchemaElement(attributeName={element.AttributeName}, keyType={element.KeyType})")) + "]");
        for (var i = 0; i < schema.Length; i++)
            constraints.Present(schema[i].AttributeName, $"{path}.{i + 1}.member.attributeName").KeyName(schema[i].AttributeName, $"{path}.{i + 1}.member.attributeName").Present(schema[i].KeyType, $"{path}.{i + 1}.member.keyType")
                .OneOf(schema[i].KeyType, $"{path}.{i + 1}.member.keyType", "HASH", "RANGE");
    }

    private static void CheckDefinitions(Constraints constraints, AttributeDefinition[]? definitions)
    {
        for (var i = 0; i < (definitions?.Length ?? 0); i++)
            constraints.Present(definitions![i].AttributeType, $"attributeDefinitions.{i + 1}.member.attributeType")
                .OneOf(definitions[i].AttributeType, $"attributeDefinitions.{i + 1}.member.attributeType", "B", "N", "S")
                .Present(definitions[i].AttributeName, $"attributeDefinitions.{i + 1}.member.attributeName").KeyName(definitions[i].AttributeName, $"attributeDefinitions.{i + 1}.member.attributeName");
    }
}
