namespace Galley.DynamoDB;

/// <summary>What one UpdateTable may change at a time: one thing, with few exceptions.</summary>
internal static class TableUpdateRules
{
    public static void Check(UpdateTableRequest request)
    {
        var updates = request.GlobalSecondaryIndexUpdates;
        if (updates?.FirstOrDefault(update => update.Update?.WarmThroughput is { IsEmpty: true }) is { } empty)
            throw Errors.InvalidParameterValues($"WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: {empty.Update!.IndexName}");
        var asked = Asked(request).Count(each => each);
        if (asked == 0)
            throw Errors.Validation("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required");
        if (request is { BillingMode: "PROVISIONED", ProvisionedThroughput: null }) throw Errors.InvalidParameterValues("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
        if (request.ProvisionedThroughput is not null) ThroughputRules.CheckBounds(request.ProvisionedThroughput);
        if (updates is { Length: 0 }) throw Errors.InvalidParameterValues("List of GlobalSecondaryIndexUpdates is empty");
        if (asked > 1 && request.SSESpecification is not null) throw Alone("Server-Side Encryption modification");
        if (asked > 1 && request.TableClass is not null) throw Alone("TableClass modification");
        if (asked > 1 && request.DeletionProtectionEnabled is not null) throw Alone("DeletionProtection modification");
        if (request.WarmThroughput is not null && updates?.Any(update => update.Create is not null) == true)
            throw Errors.InvalidParameterValues("Create global secondary index cannot be specified when updating WarmThroughput");
        if (asked > 1 && request.WarmThroughput is not null) throw Alone("WarmThroughput");
        if (request.OnDemandThroughput is not null && asked > (request.BillingMode is null ? 1 : 2))
            throw Errors.InvalidParameterValues("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
        var iops = request.ProvisionedThroughput is not null || request.BillingMode == "PROVISIONED";
        var online = updates?.Any(update => update.Create is not null || update.Delete is not null) == true;
        if (iops && request.StreamSpecification is not null) throw Errors.InvalidParameterValues("You cannot modify stream status while updating table IOPS");
        if (iops && online) throw Errors.InvalidParameterValues("You cannot create or delete index while updating table IOPS");
        if (request.StreamSpecification is not null && online) throw Errors.InvalidParameterValues("You cannot create or delete index while changing stream status");
        Check(updates ?? []);
    }

    /// <summary>A limit without numbers asks for nothing.</summary>
    public static UpdateTableRequest WithoutEmpty(UpdateTableRequest request) => request with
    {
        OnDemandThroughput = request.OnDemandThroughput is { IsEmpty: true } ? null : request.OnDemandThroughput,
        WarmThroughput = request.WarmThroughput is { IsEmpty: true } ? null : request.WarmThroughput,
    };

    /// <summary>Whether the table is UPDATING for it on AWS; other changes show at themselves, or are done at once.</summary>
    public static bool TakesTime(UpdateTableRequest request)
        => request.BillingMode is not null || request.ProvisionedThroughput is not null || request.StreamSpecification is not null || request.TableClass is not null
           || request.GlobalSecondaryIndexUpdates?.Any(update => update.Update is null) == true;

    private static void Check(GlobalSecondaryIndexUpdate[] updates)
    {
        foreach (var update in updates)
            switch (new object?[] { update.Create, update.Update, update.Delete }.Count(part => part is not null))
            {
                case 0:
                    throw Errors.InvalidParameterValues("One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null");
                case > 1:
                    throw Errors.InvalidParameterValues("Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object");
            }

        if (updates.GroupBy(update => (update.Create ?? update.Update ?? update.Delete!).IndexName).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw Errors.InvalidParameterValues($"Only one global secondary index update per index is allowed simultaneously. Index: {twice.Key}");
    }

    private static bool[] Asked(UpdateTableRequest request) =>
    [
        request.ProvisionedThroughput is not null && request.BillingMode is null, request.BillingMode is not null, request.StreamSpecification is not null,
        request.GlobalSecondaryIndexUpdates is { Length: > 0 }, request.SSESpecification is not null, request.TableClass is not null,
        request.DeletionProtectionEnabled is not null, request.OnDemandThroughput is not null, request.WarmThroughput is not null,
    ];

    private static Galley.Wire.AwsError Alone(string what) => Errors.InvalidParameterValues($"{what} must be the only operation in the request");
}
