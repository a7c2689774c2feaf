using System.Text.Json;
using System.Threading.Channels;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3.Events;

/// <summary>Port: an event for a function, in the name of the bucket. (Arrows/S3ToLambda)</summary>
internal interface IInvokeOnEvents
{
    /// <summary>Puts the event into the function's queue; durable on return.</summary>
    /// <exception cref="AwsError">The function is not there, or its policy does not let the bucket invoke it.</exception>
    ValueTask Enqueue(string functionArn, string bucketArn, ReadOnlyMemory<byte> payload);

    /// <summary>Whether the function is there and its policy lets the bucket invoke it.</summary>
    ValueTask<bool> Allows(string functionArn, string bucketArn);
}

/// <summary>An event on its way.</summary>
internal sealed record Waiting(string FunctionArn, string BucketArn, byte[] Payload);

/// <summary>
/// Event notifications: written in the transaction that changes the object, handed to the function's queue afterwards and only then
/// forgotten, so that a crash loses none (and may repeat one, as AWS may).
/// </summary>
internal sealed class Outbox(Installation installation, IInvokeOnEvents functions)
{
    private const int Page = 100;
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Task _running = Task.CompletedTask;

    /// <summary>Adds the event for every function that wants it; false for none.</summary>
    public bool Add(ITransaction tx, BucketRecord bucket, ObjectRecord record, Cause cause)
    {
        var any = false;
        foreach (var notification in bucket.Notifications!)
        {
            if (!EventNames.Wants(notification, cause.Event, record.Key)) continue;
            any = true;
            var payload = JsonSerializer.SerializeToUtf8Bytes(EventRecords.Make(bucket, record, cause, notification.Id, installation.Now), EventJson.Default.EventRecords);
            var key = Key.From(Keys.Events).Add(installation.Now.UtcTicks).Add(installation.Ids.Next(12)).ToArray();
            tx.Put(key, new Waiting(notification.FunctionArn, "arn:aws:s3:::" + bucket.Name, payload), S3Json.Default.Waiting);
        }

        return any;
    }

    public ValueTask<bool> Allows(string functionArn, string bucketArn) => functions.Allows(functionArn, bucketArn);

    public void Wake() => _wakes.Writer.TryWrite(true);

    public void Start(CancellationToken stopping)
    {
        Wake();
        _running = Task.Run(() => Run(stopping), CancellationToken.None);
    }

    public async ValueTask Stop()
    {
        _wakes.Writer.TryComplete();
        await _running;
    }

    private async Task Run(CancellationToken stopping)
    {
        try
        {
            while (await _wakes.Reader.WaitToReadAsync(stopping))
            {
                _wakes.Reader.TryRead(out _);
                try
                {
                    while (!stopping.IsCancellationRequested && await Deliver())
                    {
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException && !stopping.IsCancellationRequested)
                {
                    installation.Log($"error: S3's event notifications: {e.Message}");
                    await Task.Delay(AfterFailure, installation.Time, stopping);
                    Wake();
                }
            }
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // what is left is in the store
        }
    }

    /// <summary>False when nothing waits.</summary>
    private async ValueTask<bool> Deliver()
    {
        var waiting = await installation.Store.Read(async snapshot =>
        {
            var found = new List<Entry>();
            await foreach (var entry in snapshot.Range(Keys.Events, Key.After(Keys.Events)))
            {
                found.Add(entry);
                if (found.Count == Page) break;
            }

            return found;
        });
        foreach (var entry in waiting)
        {
            var one = JsonSerializer.Deserialize(entry.Value, S3Json.Default.Waiting)!;
            try
            {
                await functions.Enqueue(one.FunctionArn, one.BucketArn, one.Payload);
            }
            catch (AwsError error)
            {
                installation.Log($"The event of {one.BucketArn} for {one.FunctionArn} is lost: {error.Message}");
            }

            await installation.Store.Write(tx =>
            {
                tx.Delete(entry.Key);
                return ValueTask.CompletedTask;
            });
        }

        return waiting.Count > 0;
    }
}
