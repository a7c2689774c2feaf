using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Edge;

/// <summary>The hops that a request passes at the doors and at the operations of the AWS API: their names for spans, and the faults that a test asked for, as the services themselves would show them.</summary>
internal static class Hops
{
    private const string Check = "fault", Why = "a test injected this fault";

    /// <summary>The answer in the place of the operation's; null where it may run.</summary>
    public static async ValueTask<Reply?> AtOperation(Installation installation, ApiRequest request, AwsService service, Operation operation, BoundCall bound, Call call)
    {
        foreach (var (hop, name) in HopsOf(service, operation, bound, call).Distinct())
            switch (await installation.Reach(hop, name, call.Cancellation))
            {
                case Harm.Throttle: throw Throttled(hop).Because(Check, Why);
                case Harm.Error: throw Failed(hop).Because(Check, Why);
                case Harm.Crash:
                    call.Trail.Refuse(Check, Why);
                    request.Http.Abort();
                    return new Reply(StatusCodes.Status500InternalServerError);
            }

        return null;
    }

    /// <summary>Whether the door's request has been answered by a fault.</summary>
    public static async ValueTask<bool> AtDoor(Installation installation, DoorRequest door, HostKind kind)
    {
        Hop? hop = kind switch { HostKind.CloudFront => Hop.Edge, HostKind.ExecuteApi => Hop.Api, HostKind.SignIn => Hop.SignIn, _ => null };
        if (hop is null) return false;
        var harm = await installation.Reach(hop.Value, door.Id, door.Http.RequestAborted);
        if (harm == Harm.None) return false;
        door.Trail.Refuse(Check, Why);
        if (harm == Harm.Crash)
        {
            door.Http.Abort();
            return true;
        }

        var (status, text) = harm == Harm.Throttle ? (StatusCodes.Status429TooManyRequests, "Too Many Requests")
            : hop == Hop.Edge ? (StatusCodes.Status503ServiceUnavailable, "Service Unavailable") : (StatusCodes.Status500InternalServerError, "Internal Server Error");
        door.Http.Response.StatusCode = status;
        door.Http.Response.ContentType = hop == Hop.Edge ? "text/html" : "application/json";
        await door.Http.Response.WriteAsync(hop == Hop.Edge ? $"<html><head><title>{text}</title></head><body><h1>{status} {text}</h1></body></html>" : $$"""{"message":"{{text}}"}""", door.Http.RequestAborted);
        return true;
    }

    /// <summary>A span of an operation is told what the operation is and which tables it asks.</summary>
    public static void Name(System.Diagnostics.Activity span, AwsService service, Operation operation, BoundCall bound, Call call)
    {
        span.DisplayName = $"{service.SigningName}.{operation.Name}";
        span.SetTag("rpc.system", "aws-api").SetTag("rpc.service", service.SigningName).SetTag("rpc.method", operation.Name);
        if (service.SigningName == "dynamodb") span.SetTag("aws.dynamodb.table_names", HopsOf(service, operation, bound, call).Where(hop => hop.Hop == Hop.Table).Select(hop => hop.Name).Distinct().ToArray());
    }

    private static IEnumerable<(Hop Hop, string Name)> HopsOf(AwsService service, Operation operation, BoundCall bound, Call call)
    {
        yield return (Hop.Operation, $"{service.SigningName}:{operation.Name}");
        if (service.SigningName is not ("dynamodb" or "s3")) yield break;
        foreach (var arn in (bound.Also?.Invoke(call).Select(also => also.Resource) ?? []).Prepend(bound.Resource(call)))
            if (arn.Split(':', 6) is [_, _, var owner, _, _, var resource])
                if (owner == "s3" && resource.Length > 0) yield return (Hop.Bucket, resource.Split('/')[0]);
                else if (owner == "dynamodb" && resource.Split('/') is ["table", var table, ..]) yield return (Hop.Table, table);
    }

    private static AwsError Throttled(Hop hop) => hop switch
    {
        Hop.Table => new("ProvisionedThroughputExceededException", "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."),
        Hop.Bucket => new("SlowDown", "Please reduce your request rate.", 503),
        _ => new("ThrottlingException", "Rate exceeded"),
    };

    private static AwsError Failed(Hop hop) => hop switch
    {
        Hop.Table => new("InternalServerError", "Internal server error", 500),
        Hop.Bucket => new("InternalError", "We encountered an internal error. Please try again.", 500),
        _ => new("InternalFailure", "The request processing has failed because of an unknown error, exception or failure.", 500),
    };
}
