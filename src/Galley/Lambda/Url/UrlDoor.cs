using System.Text;
using Galley.Lambda.Invoke;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Lambda.Url;

/// <summary>
/// Function URLs as the browser sees them: `https://&lt;id&gt;.lambda-url.&lt;region&gt;.on.aws`. The URL's authentication and the function's own
/// policy decide, CORS as configured, then the event in payload format 2.0. AWS: "Lambda function URLs".
/// </summary>
internal sealed class UrlDoor(Installation installation, FunctionUrls urls, Permissions permissions, LambdaPorts ports, Invocation invocation, LambdaApi api) : IDoor
{
    private const int MaxBody = 6_291_456;
    private static readonly Operation Signed = new("InvokeFunctionUrl", "lambda:InvokeFunctionUrl", _ => throw new InvalidOperationException("a door binds nothing"));

    public HostKind Kind => HostKind.FunctionUrl;

    public async Task Serve(DoorRequest request)
    {
        var http = request.Http;
        try
        {
            if (await urls.ById(request.Id) is not { } url) throw Forbidden().Because("url", "no function has this URL", "CreateFunctionUrlConfig; its answer names the URL");
            var cors = UrlCorsAnswer.For(url.Cors, installation.Names);
            if (cors is not null && UrlCorsAnswer.IsPreflight(http.Request))
            {
                cors.AnswerPreflight(http);
                return;
            }

            var body = await Body(http);
            var caller = await Authorize(request, url, body);
            var root = Telemetry.RootFor(http.Request, installation);
            var trace = invocation.Trace(root);
            http.Response.Headers["X-Amzn-Trace-Id"] = trace;
            var @event = UrlEvent.Write(request, url, installation, caller, root, body);
            await (url.InvokeMode == "RESPONSE_STREAM" ? Stream(request, url, trace, @event, cors) : Whole(request, url, trace, @event, cors));
        }
        catch (AwsError error)
        {
            request.Trail.Add(error);
            await Fail(http, error);
        }
    }

    private async Task Whole(DoorRequest request, UrlRecord url, string trace, ReadOnlyMemory<byte> @event, UrlCorsAnswer? cors)
        => await Answer(request.Http, await Run(request, url, trace, @event, null), cors);

    /// <summary>The event's run, with its place in the request's trail.</summary>
    private async Task<Worker.Outcome> Run(DoorRequest request, UrlRecord url, string trace, ReadOnlyMemory<byte> @event, ResponseStream? stream)
    {
        var began = request.Trail.Now;
        var outcome = await invocation.Url(url.Function, request.RequestId, trace, @event, stream);
        request.Trail.ColdStart(url.Function.QualifiedArn, began, outcome.ColdStart);
        request.Trail.Span("function", outcome.FunctionError is null ? "the URL's function ran:" : "the URL's function failed:", url.Function.QualifiedArn, began);
        return outcome;
    }

    private async Task Stream(DoorRequest request, UrlRecord url, string trace, ReadOnlyMemory<byte> @event, UrlCorsAnswer? cors)
    {
        var (http, stream) = (request.Http, new ResponseStream());
        var running = Run(request, url, trace, @event, stream);
        _ = running.ContinueWith(_ => stream.Complete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            if (await stream.Begun is { } type)
            {
                var answer = new StreamedAnswer(http, type, () => cors?.Apply(http));
                await foreach (var chunk in stream.Read(http.RequestAborted)) await answer.Write(chunk);
                await answer.End();
                if ((await running).FunctionError is not null) http.Abort(); // the answer is broken off, and so is the connection
            }
            else await Answer(http, await running, cors);
        }
        finally
        {
            stream.Abandon();
        }
    }

    private static async Task Answer(HttpContext http, Worker.Outcome outcome, UrlCorsAnswer? cors)
    {
        if (outcome.FunctionError is not null || UrlAnswer.Read(outcome.Payload) is not { } answer)
        {
            http.Response.StatusCode = StatusCodes.Status502BadGateway;
            cors?.Apply(http);
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync("Internal Server Error", http.RequestAborted);
            return;
        }

        http.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers) http.Response.Headers.Append(name, value);
        cors?.Apply(http);
        if (HttpMethods.IsHead(http.Request.Method) || answer.Status is 204 or 304) return;
        http.Response.ContentLength = answer.Body.Length;
        await http.Response.Body.WriteAsync(answer.Body, http.RequestAborted);
    }

    /// <summary>Who calls, when the URL asks for a signature; the function's policy must allow the call either way.</summary>
    private async ValueTask<Principal> Authorize(DoorRequest request, UrlRecord url, ReadOnlyMemory<byte> body)
    {
        var caller = Principal.Anonymous;
        if (url.AuthType == "AWS_IAM")
        {
            var signed = new ApiRequest(request.Http, request.RawPath, request.RawQuery) { Body = body };
            try
            {
                caller = await SigV4.Authenticate(
                    signed, api, Signed, installation.SignatureRules(request.Http, url.Function.Region, url.Function.Account), ports.Callers.Find, request.Trail);
            }
            catch (AwsError e)
            {
                request.Trail.Add(e);
                throw Forbidden();
            }
        }

        // Since October 2025 both actions are asked for.
        var conditions = new Dictionary<string, string> { ["lambda:FunctionUrlAuthType"] = url.AuthType, ["lambda:InvokedViaFunctionUrl"] = "true" };
        var policy = await permissions.PolicyOf(url.Function);
        foreach (var action in (string[])["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"])
            if (!await ports.Policies.Allows(caller, action, url.Function.QualifiedArn, policy, conditions))
                throw Forbidden().Because("function policy", $"the resource policy of {url.Function.QualifiedArn} has no Allow of {action} for {(caller.Kind == PrincipalKind.Anonymous ? "everybody" : caller.Arn)} with AuthType {url.AuthType}", $"AddPermission with Action {action}, Principal {(caller.Kind == PrincipalKind.Anonymous ? "*" : caller.Arn)} and FunctionUrlAuthType {url.AuthType}");
        return caller;
    }

    private static async ValueTask<ReadOnlyMemory<byte>> Body(HttpContext http)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        for (int read; (read = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0;)
        {
            if (body.Length + read > MaxBody) throw Errors.RequestTooLarge();
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static AwsError Forbidden()
        => new AwsError("AccessDeniedException", "", 403).With("Message", "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html");

    private async Task Fail(HttpContext http, AwsError error)
    {
        var reply = api.RenderError(error, "");
        http.Response.StatusCode = reply.Status;
        foreach (var (name, value) in reply.Headers) http.Response.Headers.Append(name, value);
        await http.Response.Body.WriteAsync(reply.Body, http.RequestAborted);
    }
}
