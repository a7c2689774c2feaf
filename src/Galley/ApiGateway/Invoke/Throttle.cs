namespace Galley.ApiGateway.Invoke;

/// <summary>A token bucket: `throttlingBurstLimit` requests at once, `throttlingRateLimit` more each second. Per process, as AWS's own is best effort.</summary>
internal sealed class Throttle(double rate, int burst, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _tokens = burst;
    private long _last = time.GetTimestamp();

    /// <summary>The limit of a route: its own settings before the stage's; null when there is none.</summary>
    /// <param name="before">The bucket that the route had; it goes on if the limits are the same.</param>
    public static Throttle? For(Stage stage, string routeKey, TimeProvider time, Throttle? before)
    {
        var own = stage.RouteSettings.GetValueOrDefault(routeKey);
        var rate = own?.ThrottlingRateLimit ?? stage.DefaultRouteSettings.ThrottlingRateLimit;
        var burst = own?.ThrottlingBurstLimit ?? stage.DefaultRouteSettings.ThrottlingBurstLimit;
        if (rate is null && burst is null) return null;
        return before?.Has(rate ?? 10_000, burst ?? 5_000) is true ? before : new Throttle(rate ?? 10_000, burst ?? 5_000, time);
    }

    private bool Has(double otherRate, int otherBurst) => rate.Equals(otherRate) && burst == otherBurst;

    public bool Take()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(burst, _tokens + time.GetElapsedTime(_last, now).TotalSeconds * rate);
            _last = now;
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
