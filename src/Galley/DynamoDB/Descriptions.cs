using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>What clients ask beside the tables: account limits, endpoints.</summary>
internal sealed class Descriptions(Installation installation)
{
    public ValueTask<DescribeLimitsResponse> DescribeLimits(Empty request, Call call) => new(new DescribeLimitsResponse(80000, 80000, 40000, 40000));

    public ValueTask<DescribeEndpointsResponse> DescribeEndpoints(Empty request, Call call)
        => new(new DescribeEndpointsResponse([new($"localhost:{installation.Port}", 1440)]));
}

internal sealed record DescribeLimitsResponse(
    int AccountMaxReadCapacityUnits, int AccountMaxWriteCapacityUnits, int TableMaxReadCapacityUnits, int TableMaxWriteCapacityUnits);

internal sealed record DescribeEndpointsResponse(ServiceEndpoint[] Endpoints);

internal sealed record ServiceEndpoint(string Address, int CachePeriodInMinutes);
