using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.ApiGateway.Invoke;

/// <summary>A route's integration: the request as mapped, the integration within its time, its answer as mapped, or what AWS says instead.</summary>
internal sealed class Target(Installation installation, FunctionTarget functions, HttpTarget http)
{
    public async ValueTask Run(Exchange exchange, LiveIntegration integration)
    {
        exchange.Mapped = integration.Request?.Apply(exchange);
        var begun = installation.Time.GetTimestamp();
        var aborted = exchange.Http.RequestAborted;
        using var either = new CancellationTokenSource(TimeSpan.FromMilliseconds(integration.Integration.TimeoutInMillis), installation.Time);
        using var gone = aborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), either);
        IntegrationAnswer? answer = null;
        var status = 500;
        try
        {
            answer = await (integration.Integration.IntegrationType == "AWS_PROXY" ? functions.Invoke(exchange, integration.Integration, either.Token) : http.Send(exchange, integration, either.Token));
        }
        catch (Exception) when (aborted.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e) when (TooLarge(e))
        {
            await Answers.Refuse(exchange, 413, "body", "the body is larger than 10 MB");
            return;
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or AwsError or AwsLoop or UriFormatException)
        {
            (status, exchange.IntegrationError) = Failure(e, integration.Integration);
            if (e is AwsError error) exchange.Trail.Add(error);
            if (e is AwsError { Status: 403 }) exchange.IntegrationFix = $"let apigateway.amazonaws.com invoke the function for {exchange.SourceArn} (aws lambda add-permission)";
        }

        exchange.IntegrationLatency = installation.Time.GetElapsedTime(begun);
        if (answer is null)
        {
            await Answers.Refuse(exchange, status, "integration", exchange.IntegrationError ?? "the integration failed", fix: exchange.IntegrationFix);
            return;
        }

        using (answer.Stream) await Answers.Integration(exchange, integration.Response is { } mapping ? mapping.Apply(answer, exchange) : answer, either.Token);
    }

    private static (int Status, string Why) Failure(Exception e, Integration integration) => e switch
    {
        OperationCanceledException => (503, $"The integration did not answer within {integration.TimeoutInMillis} ms."),
        HttpRequestException => (503, e.Message),
        AwsError { Code: "TooManyRequestsException" } => (503, e.Message),
        _ => (500, e.Message),
    };

    /// <summary>A body that is streamed on turns out too large only while it is sent.</summary>
    private static bool TooLarge(Exception? e) => e is BadHttpRequestException { StatusCode: 413 } || e is not null && TooLarge(e.InnerException);
}

/// <summary>What an integration answered.</summary>
internal sealed record IntegrationAnswer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>What the integration's own service answered: 200 for a function that ran.</summary>
    public int IntegrationStatus { get; init; } = 200;

    /// <summary>An answer whose body is still to come; then <see cref="Body"/> is empty.</summary>
    public HttpResponseMessage? Stream { get; init; }

    /// <summary>Length of what is to come, where the integration said it.</summary>
    public long? Length { get; init; }
}
