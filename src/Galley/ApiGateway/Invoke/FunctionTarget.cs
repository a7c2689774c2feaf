using Galley.Wire;

namespace Galley.ApiGateway.Invoke;

/// <summary>AWS_PROXY: the request becomes an event, the function's result becomes the answer.</summary>
internal sealed class FunctionTarget(Installation installation, IInvokeFunctions functions)
{
    public async ValueTask<IntegrationAnswer?> Invoke(Exchange exchange, Integration integration, CancellationToken cancel)
    {
        var uri = StageVariables.Fill(integration.IntegrationUri, exchange.Stage!.Stage.StageVariables);
        if (Integrations.FunctionOf(uri) is not { } function) throw new AwsError("InternalFailure", "The integration names no function.");
        var v2 = integration.PayloadFormatVersion == "2.0";
        var trace = NewTrace();
        var payload = v2 ? ProxyEvent.Write(exchange, trace) : ProxyEventV1.Write(exchange, trace);
        var result = await functions.Invoke(function, exchange.SourceArn, payload, cancel);
        if (result.Failed)
        {
            exchange.IntegrationError = "The function failed.";
            return null;
        }

        var answer = ProxyResult.Read(result.Payload, inferring: v2);
        if (answer is null) exchange.IntegrationError = "The response from the Lambda function doesn't match the format that API Gateway expects.";
        return answer;
    }

    /// <summary>`Root=1-5e6722a7-cc2xmpl46db7ae98c58a9d0b`</summary>
    private string NewTrace() => $"Root=1-{installation.Now.ToUnixTimeSeconds():x8}-{Convert.ToHexStringLower(installation.Ids.Bytes(12))}";
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
