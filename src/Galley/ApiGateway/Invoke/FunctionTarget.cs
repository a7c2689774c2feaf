using Galley.Wire;

namespace Galley.ApiGateway.Invoke;

/// <summary>AWS_PROXY: the request becomes an event, the function's result becomes the answer.</summary>
internal sealed class FunctionTarget(IInvokeFunctions functions)
{
    public async ValueTask<IntegrationAnswer?> Invoke(Exchange exchange, Integration integration, CancellationToken cancel)
    {
        var uri = StageVariables.Fill(integration.IntegrationUri, exchange.Stage!.Stage.StageVariables);
        if (Integrations.FunctionOf(uri) is not { } function) throw new AwsError("InternalFailure", "The integration names no function.");
        var v2 = integration.PayloadFormatVersion == "2.0";
        var payload = v2 ? ProxyEvent.Write(exchange) : ProxyEventV1.Write(exchange);
        var began = exchange.Trail.Now;
        var result = await functions.Invoke(new FunctionCall(function, exchange.SourceArn, integration.CredentialsArn, payload, exchange.Trace), cancel);
        exchange.Trail.ColdStart(function, began, result.ColdStart);
        exchange.Trail.Span("function", result.Failed ? "the integration's function failed:" : "the integration's function ran:", function, began);
        (exchange.IntegrationStatus, exchange.IntegrationRequestId) = (200, result.RequestId);
        if (result.Failed)
        {
            exchange.IntegrationError = "The function failed.";
            return null;
        }

        var answer = ProxyResult.Read(result.Payload, inferring: v2);
        if (answer is null) exchange.IntegrationError = "The response from the Lambda function doesn't match the format that API Gateway expects.";
        else exchange.FunctionStatus = answer.Status;
        return answer;
    }
}

/// <summary>`${stageVariables.name}` in integration addresses.</summary>
internal static class StageVariables
{
    public static string Fill(string text, IReadOnlyDictionary<string, string> variables)
    {
        if (!text.Contains("${stageVariables.", StringComparison.Ordinal)) return text;
        foreach (var (name, value) in variables) text = text.Replace($"${{stageVariables.{name}}}", value, StringComparison.Ordinal);
        return text;
    }
}
