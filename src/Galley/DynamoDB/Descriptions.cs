using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>What clients ask beside the tables: account limits, endpoints.</summary>
internal sealed class Descriptions(Installation installation)
{
    public ValueTask<DescribeLimitsResponse> DescribeLimits(Empty request, Call call) => new(new DescribeLimitsResponse(80_000, 80_000, ThroughputRules.MostOfTable, ThroughputRules.MostOfTable));

    public ValueTask<DescribeEndpointsResponse> DescribeEndpoints(Empty request, Call call)
        => new(new DescribeEndpointsResponse([new($"localhost:{installation.Port}", 1440)]));
}

internal sealed record DescribeLimitsResponse(
    long AccountMaxReadCapacityUnits, long AccountMaxWriteCapacityUnits, long TableMaxReadCapacityUnits, long TableMaxWriteCapacityUnits);

internal sealed record DescribeEndpointsResponse(ServiceEndpoint[] Endpoints);

internal sealed record ServiceEndpoint(string Address, int CachePeriodInMinutes);
