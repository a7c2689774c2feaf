using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>What clients ask beside the tables: backups (there are none), account limits, endpoints.</summary>
internal sealed class Descriptions(Installation installation, Tables tables)
{
    /// <summary>AWS calls continuous backups always enabled and point-in-time recovery disabled until it is turned on.</summary>
    public async ValueTask<DescribeContinuousBackupsResponse> DescribeContinuousBackups(TableRequest request, Call call)
    {
        await tables.Get(request.TableName, call);
        return new(new("ENABLED", new("DISABLED")));
    }

    public ValueTask<DescribeLimitsResponse> DescribeLimits(Empty request, Call call) => new(new DescribeLimitsResponse(80000, 80000, 40000, 40000));

    public ValueTask<DescribeEndpointsResponse> DescribeEndpoints(Empty request, Call call)
        => new(new DescribeEndpointsResponse([new($"localhost:{installation.Port}", 1440)]));
}

internal sealed record DescribeContinuousBackupsResponse(ContinuousBackupsDescription ContinuousBackupsDescription);

internal sealed record ContinuousBackupsDescription(string ContinuousBackupsStatus, PointInTimeRecoveryDescription PointInTimeRecoveryDescription);

internal sealed record PointInTimeRecoveryDescription(string PointInTimeRecoveryStatus);

internal sealed record DescribeLimitsResponse(
    int AccountMaxReadCapacityUnits, int AccountMaxWriteCapacityUnits, int TableMaxReadCapacityUnits, int TableMaxWriteCapacityUnits);

internal sealed record DescribeEndpointsResponse(ServiceEndpoint[] Endpoints);

internal sealed record ServiceEndpoint(string Address, int CachePeriodInMinutes);
