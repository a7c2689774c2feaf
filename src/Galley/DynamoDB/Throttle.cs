using System.Collections.Concurrent;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>
/// Provisioned throughput as AWS meters it, when the installation was started with throttling: what a table or index does not use is
/// kept for up to 300 seconds, and beyond that calls are refused. On-demand tables are not throttled.
/// </summary>
internal sealed class Throttle(TimeProvider time)
{
    private const double Burst = 300;
    private readonly ConcurrentDictionary<(string TableId, int Index, bool Write), Bucket> _buckets = new();

    /// <exception cref="AwsError">ProvisionedThroughputExceededException.</exception>
    public void Take(Table table, double units, bool write, IndexDocument? index = null)
    {
        if (table.Document.OnDemand || index is { Global: false }) return; // a local index draws on the table
        var throughput = index?.Throughput ?? table.Document.Throughput;
        var rate = (write ? throughput.WriteCapacityUnits : throughput.ReadCapacityUnits) ?? 0;
        var now = time.GetTimestamp();
        var bucket = _buckets.GetOrAdd((table.Document.TableId, index?.Number ?? 0, write), _ => new() { Left = rate * Burst, At = now });
        lock (bucket)
        {
            bucket.Left = Math.Min(rate * Burst, bucket.Left + rate * time.GetElapsedTime(bucket.At, now).TotalSeconds);
            bucket.At = now;
            if (bucket.Left < Math.Min(units, rate * Burst)) throw Errors.ThroughputExceeded(index);
            bucket.Left -= units;
        }
    }

    private sealed class Bucket
    {
        public double Left { get; set; }

        public long At { get; set; }
    }
}
