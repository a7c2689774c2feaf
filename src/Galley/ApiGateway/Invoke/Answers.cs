using System.Text;
using Microsoft.AspNetCore.Http;

namespace Galley.ApiGateway.Invoke;

/// <summary>Answers on the wire: the integration's, and the gateway's own `{"message":"…"}`.</summary>
internal static class Answers
{
    /// <summary>An answer of the gateway's own; with the API's CORS headers, so that a page can read why it was refused.</summary>
    /// <param name="exchange">The request.</param>
    /// <param name="status">Of AWS's few.</param>
    /// <param name="check">What said no, for the trail.</param>
    /// <param name="why">A sentence for the trail; the caller never sees it.</param>
    /// <param name="about">What the sentence is about.</param>
    /// <param name="fix">What would make the check say yes.</param>
    public static async ValueTask Refuse(Exchange exchange, int status, string check, string why, string about = "", string fix = "")
    {
        exchange.Trail.Add(check, false, why, about, fix);
        exchange.Error = Message(status);
        exchange.ErrorType = TypeOf(status, check);
        exchange.Stage?.Cors?.Apply(exchange.Http);
        exchange.ResponseLength = await Bare(exchange.Http, status);
    }

    public static async ValueTask<int> Bare(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        var body = Encoding.UTF8.GetBytes($"{{\"message\":\"{Message(status)}\"}}");
        await Write(context, body);
        return body.Length;
    }

    public static async ValueTask Integration(Exchange exchange, IntegrationAnswer answer, CancellationToken cancel)
    {
        var response = exchange.Http.Response;
        exchange.IntegrationStatus = answer.IntegrationStatus;
        response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
            if (!HeaderNames.IsHopByHop(name) && !name.Equals("content-length", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("apigw-", StringComparison.OrdinalIgnoreCase))
                response.Headers.Append(name.ToLowerInvariant(), value);
        exchange.Stage!.Cors?.Apply(exchange.Http);
        if (answer.Stream is null)
        {
            await Write(exchange.Http, answer.Body);
            exchange.ResponseLength = answer.Body.Length;
            return;
        }

        if (response.StatusCode is 204 or 304) return;
        response.ContentLength = answer.Length;
        if (HttpMethods.IsHead(exchange.Request.Method)) return;
        try
        {
            exchange.ResponseLength = await HttpTarget.Copy(answer.Stream, response.Body, cancel);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // what was begun cannot be taken back; a broken connection says that it is not whole
            exchange.IntegrationError = e.Message;
            exchange.Trail.Add("integration", false, "The answer broke off while it was passed on.");
            exchange.Http.Abort();
        }
    }

    private static string Message(int status) => status switch
    {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Request Entity Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    };

    private static string TypeOf(int status, string check) => status switch
    {
        401 => "UNAUTHORIZED",
        403 => "ACCESS_DENIED",
        404 => "RESOURCE_NOT_FOUND",
        413 => "REQUEST_TOO_LARGE",
        429 => "THROTTLED",
        _ => check == "authorizer" ? "AUTHORIZER_FAILURE" : "INTEGRATION_FAILURE",
    };

    private static async ValueTask Write(HttpContext context, ReadOnlyMemory<byte> body)
    {
        if (context.Response.StatusCode is 204 or 304) return;
        context.Response.ContentLength = body.Length;
        if (body.Length > 0 && !HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
