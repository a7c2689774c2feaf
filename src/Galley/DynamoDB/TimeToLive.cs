using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>Time to live: which attribute holds the second of expiry. <see cref="Expiries"/> removes what expired.</summary>
internal sealed class TimeToLive(Tables tables, TableCatalog catalog, Agenda agenda)
{
    public async ValueTask<DescribeTimeToLiveResponse> DescribeTimeToLive(TableRequest request, Call call)
    {
        var table = await tables.Get(request.TableName, call);
        return new(table.Document.TimeToLive is { } ttl
            ? new() { TimeToLiveStatus = "ENABLED", AttributeName = ttl.AttributeName }
            : new() { TimeToLiveStatus = "DISABLED" });
    }

    public async ValueTask<UpdateTimeToLiveResponse> UpdateTimeToLive(UpdateTimeToLiveRequest request, Call call)
    {
        var specification = request.TimeToLiveSpecification;
        var constraints = TableNames.Constraints(request.TableName).Present(specification, "timeToLiveSpecification");
        if (specification is not null)
        {
            constraints.Present(specification.AttributeName, "timeToLiveSpecification.attributeName").Present(specification.Enabled, "timeToLiveSpecification.enabled");
            constraints.KeyName(specification.AttributeName, "timeToLiveSpecification.attributeName");
        }

        constraints.Throw();
        var name = TableNames.Local(call, request.TableName!);
        await catalog.Store.Write(async transaction =>
        {
            var table = await catalog.Find(transaction, call, name) ?? throw Errors.TableNotFound(name);
            var known = table.Document.TimeToLive;
            if (table.Document.Status is not null) throw Errors.TableBeingCreated(name);
            if (specification!.Enabled == true)
            {
                if (known is { } current)
                    throw Errors.Validation(current.AttributeName == specification.AttributeName
                        ? "TimeToLive is already enabled"
                        : $"TimeToLive is active on a different AttributeName: current AttributeName is {current.AttributeName}");
            }
            else if (known is null) throw Errors.Validation("TimeToLive is already disabled");
            else if (known.AttributeName != specification.AttributeName)
                throw Errors.Validation($"TimeToLive is active on a different AttributeName: current AttributeName is {known.AttributeName}");
            transaction.Put(Keys.Table(call, name), table.Document with { TimeToLive = specification.Enabled == true ? specification : null }, DynamoDBJson.Default.TableDocument);
            if (specification.Enabled == true) Agenda.Put(transaction, DateTimeOffset.UnixEpoch, Backfill.Work(Backfill.TimeToLive, table, 0, null));
        });
        catalog.Forget();
        agenda.Wake();
        return new(specification!);
    }
}

internal sealed record UpdateTimeToLiveRequest
{
    public string? TableName { get; init; }

    public TimeToLiveSpecification? TimeToLiveSpecification { get; init; }
}

internal sealed record UpdateTimeToLiveResponse(TimeToLiveSpecification TimeToLiveSpecification);

internal sealed record DescribeTimeToLiveResponse(TimeToLiveDescription TimeToLiveDescription);

internal sealed record TimeToLiveDescription
{
    public required string TimeToLiveStatus { get; init; }

    public string? AttributeName { get; init; }
}
