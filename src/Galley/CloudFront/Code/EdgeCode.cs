using System.Text.Json.Nodes;
using Galley.CloudFront.Serve;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Galley.CloudFront.Code;

/// <summary>Code at the edge failed: the viewer gets a page.</summary>
internal sealed class CodeFault(int status, string xCache, string message, string why) : Exception(why)
{
    public int Status => status;

    public string XCache => xCache;

    /// <summary>For the page.</summary>
    public string Page => message;
}

/// <summary>Runs what behaviours attach at their four places: CloudFront Functions and Lambda functions.</summary>
internal sealed class EdgeCode(Installation installation, KeyValueStores stores, LambdaAtEdge lambda, IWriteFunctionLogs logs)
{
    private const string NotRun = "The CloudFront function associated with the CloudFront distribution is invalid or could not run. We can't connect to the server for this app or website at this time. There might be too much traffic or a configuration error. Try again later, or contact the app or website owner.";

    /// <summary>Before the cache. True when it answered the viewer by itself.</summary>
    public async ValueTask<bool> ViewerRequest(Exchange exchange, Sending sending)
    {
        var code = exchange.Behavior!.Code;
        if (code.Lambdas.TryGetValue("viewer-request", out var function)) return await lambda.ViewerRequest(exchange, function, sending);
        if (code.ViewerRequest is not { } script) return false;
        var result = await Run(script, FunctionEvents.Of(exchange, "viewer-request"), exchange);
        return await Checked(async () =>
        {
            if (result["statusCode"] is null)
            {
                FunctionEvents.Apply(result, exchange);
                return false;
            }

            var (status, headers, body) = FunctionEvents.Generated(result);
            await Generated(exchange, status, headers, body, XCaches.Function, sending);
            return true;
        });
    }

    /// <summary>Before the viewer gets headers; CloudFront does not ask for answers of 400 and above.</summary>
    public async ValueTask ViewerResponse(Exchange exchange)
    {
        var (code, response) = (exchange.Behavior!.Code, exchange.Http.Response);
        if (response.StatusCode >= 400) return;
        if (code.Lambdas.TryGetValue("viewer-response", out var function))
        {
            await lambda.ViewerResponse(exchange, function);
            return;
        }

        if (code.ViewerResponse is not { } script) return;
        var length = response.ContentLength;
        var result = await Run(script, FunctionEvents.WithResponse(FunctionEvents.Of(exchange, "viewer-response"), response), exchange);
        await Checked(() =>
        {
            FunctionEvents.Apply(result, response);
            response.ContentLength = length;
            return ValueTask.FromResult(true);
        });
    }

    public ValueTask<OriginAnswer?> OriginRequest(Exchange exchange, OriginRequest request)
        => exchange.Behavior!.Code.Lambdas.TryGetValue("origin-request", out var function) ? lambda.OriginRequest(exchange, request, function) : new((OriginAnswer?)null);

    public ValueTask<OriginAnswer> OriginResponse(Exchange exchange, OriginRequest request, OriginAnswer answer)
        => exchange.Behavior!.Code.Lambdas.TryGetValue("origin-response", out var function) ? lambda.OriginResponse(exchange, request, answer, function) : new(answer);

    /// <summary>An answer that code made: sent with CloudFront's own headers.</summary>
    public static async ValueTask Generated(Exchange exchange, int status, List<KeyValuePair<string, string>> headers, byte[] body, string xCache, Sending sending)
    {
        var response = exchange.Http.Response;
        foreach (var (name, values) in AnswerHeaders.Grouped(headers)) response.Headers[name] = values;
        response.StatusCode = status;
        if (!response.Headers.ContainsKey("Server")) response.Headers.Server = "CloudFront";
        sending.Mark(exchange, xCache);
        if (status is 204 or 304) return;
        response.ContentLength = body.Length;
        exchange.BytesSent = body.Length;
        if (body.Length > 0 && !HttpMethods.IsHead(exchange.Http.Request.Method)) await response.Body.WriteAsync(body, exchange.Http.RequestAborted);
    }

    /// <summary>The test of a function that is not published yet.</summary>
    public async ValueTask<(ScriptResult Result, int Utilization)> Test(FunctionStage stage, string eventJson)
    {
        var started = installation.Time.GetTimestamp();
        ScriptResult result;
        try
        {
            var code = new EdgeScript(stage, "").Code;
            result = code.Run(eventJson, await Values(stage));
        }
        catch (ScriptFault fault)
        {
            result = new ScriptResult(null, [], fault.Message);
        }

        return (result, (int)Math.Clamp(installation.Time.GetElapsedTime(started).TotalMilliseconds, 1, 100));
    }

    private async ValueTask<JsonObject> Run(EdgeScript script, JsonObject json, Exchange exchange)
    {
        ScriptResult result;
        try
        {
            result = script.Code.Run(json.ToJsonString(), await Values(script.Stage));
        }
        catch (ScriptFault fault)
        {
            result = new ScriptResult(null, [], fault.Message);
        }

        if (result.Printed.Count > 0 || result.Error is not null) await Log(script.Name, exchange, result);
        if (result.Error is { } error) throw new CodeFault(503, XCaches.FunctionError, NotRun, $"the function {script.Name} failed: {error}");
        return result.Json is { } text && JsonNode.Parse(text) is JsonObject given ? given : throw Invalid("the function returned no object");
    }

    private async ValueTask<KeyValues?> Values(FunctionStage stage) => stage.Stores is [var arn, ..] ? await stores.View(arn) : null;

    private ValueTask Log(string name, Exchange exchange, ScriptResult result)
    {
        var id = exchange.RequestId;
        var day = installation.Now.UtcDateTime.ToString("yyyy/M/d", System.Globalization.CultureInfo.InvariantCulture);
        return logs.Write(installation.Account, $"/aws/cloudfront/function/{name}", $"{day}/{exchange.Site.Id}",
            [$"{id} START DistributionID: {exchange.Site.Id}", .. result.Printed.Select(line => $"{id} {line}"), .. result.Error is { } error ? [$"{id} ERROR: {error}"] : Array.Empty<string>(), $"{id} END"]);
    }

    private static async ValueTask<bool> Checked(Func<ValueTask<bool>> apply)
    {
        try
        {
            return await apply();
        }
        catch (InvalidResult e)
        {
            throw Invalid(e.Message);
        }
        catch (FormatException)
        {
            throw Invalid("response.body");
        }
    }

    private static CodeFault Invalid(string where)
        => new(502, "FunctionValidationError from cloudfront", $"The CloudFront function returned an invalid value: {where}. We can't connect to the server for this app or website at this time.", $"the function's result is not valid: {where}");
}
