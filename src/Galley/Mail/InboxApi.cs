using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Galley.Wire;

namespace Galley.Mail;

/// <summary>
/// The inbox for programs, signed for the service `galley` and judged as `galley:ReadMail`: `GET /_galley/inbox/messages?to=…` gives the messages,
/// newest first; `GET /_galley/inbox/messages/wait?to=…` answers when one arrives, with 408 when none has come in a minute.
/// </summary>
internal sealed class InboxApi(MailService mail, Installation installation)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    public void AddTo(JsonService own)
    {
        own.AddRaw<ListMessagesRequest>("GET /_galley/inbox/messages", ListMessages, action: "galley:ReadMail", of: () => MailJson.Default);
        own.AddRaw<WaitForMessageRequest>("GET /_galley/inbox/messages/wait", WaitForMessage, action: "galley:ReadMail", of: () => MailJson.Default);
    }

    private async ValueTask<Reply> ListMessages(ListMessagesRequest request, ApiRequest api, Call call) => Answer(await mail.List(request.To), MailJson.Default.IReadOnlyListMessage);

    private async ValueTask<Reply> WaitForMessage(WaitForMessageRequest request, ApiRequest api, Call call)
    {
        using var timeout = new CancellationTokenSource(LongestWait, installation.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, call.Cancellation);
        try
        {
            return Answer(await mail.Wait(request.To, request.After, either.Token), MailJson.Default.Message);
        }
        catch (OperationCanceledException) when (!call.Cancellation.IsCancellationRequested)
        {
            throw new AwsError("RequestTimeout", "No message came.", 408);
        }
    }

    private static Reply Answer<T>(T content, JsonTypeInfo<T> contract)
        => new Reply(200) { Body = JsonSerializer.SerializeToUtf8Bytes(content, contract) }.With("Content-Type", "application/json").With("Cache-Control", "no-store");
}

/// <param name="To">Only those to this address; null for all.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ListMessagesRequest(string? To);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record WaitForMessageRequest
{
    public required string To { get; init; }

    /// <summary>The id of a message that is known already; null for none.</summary>
    public string? After { get; init; }
}
