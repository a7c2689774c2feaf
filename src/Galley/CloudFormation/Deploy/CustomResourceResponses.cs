using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.CloudFormation.Deploy;

/// <summary>
/// The response URLs of custom resources: addresses in AWS's form that take one PUT each. They live as long as somebody waits; after a
/// restart the resource is asked again, with a new address.
/// </summary>
internal sealed class CustomResourceResponses(Installation installation) : IDoor
{
    private const int MaxResponse = 4096;

    private readonly ConcurrentDictionary<string, Asked> _waiting = new();

    public HostKind Kind => HostKind.CustomResourceResponse;

    /// <summary>An address for the answer to one request.</summary>
    public Asked Expect(ResourceRequest request, string requestId, Call call, TimeSpan timeout)
    {
        var secret = Convert.ToHexStringLower(installation.Ids.Bytes(32));
        var now = installation.Now.UtcDateTime;
        var path = Uri.EscapeDataString($"{request.StackId}|{request.LogicalId}|{requestId}");
        var url = $"https://cloudformation-custom-resource-response-{call.Region.Replace("-", "", StringComparison.Ordinal)}.s3.{call.Region}.amazonaws.com/{path}"
                  + $"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={now:yyyyMMdd'T'HHmmss'Z'}&X-Amz-SignedHeaders=host&X-Amz-Expires={(int)timeout.TotalSeconds * 2}"
                  + $"&X-Amz-Credential=galley%2F{now:yyyyMMdd}%2F{call.Region}%2Fs3%2Faws4_request&X-Amz-Signature={secret}";
        return _waiting[secret] = new Asked(url, request, requestId, installation.Time, () => _waiting.TryRemove(secret, out _));
    }

    public async Task Serve(DoorRequest request)
    {
        var response = request.Http.Response;
        var secret = request.RawQuery.Split('&').FirstOrDefault(part => part.StartsWith("X-Amz-Signature=", StringComparison.Ordinal))?[16..];
        if (request.Http.Request.Method != "PUT" || secret is null || !_waiting.TryRemove(secret, out var asked))
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        asked.Receive(await Read(request.Http));
        response.Headers.ETag = $"\"{installation.Ids.Next(32, "0123456789abcdef")}\"";
    }

    private static async Task<byte[]?> Read(HttpContext http)
    {
        var buffer = new byte[MaxResponse + 1];
        var length = await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, http.RequestAborted);
        return length > MaxResponse ? null : buffer.AsSpan(0, length).ToArray();
    }

    /// <summary>One request that waits for its answer.</summary>
    internal sealed class Asked(string url, ResourceRequest request, string requestId, TimeProvider time, Action forget) : IDisposable
    {
        private readonly TaskCompletionSource<byte[]?> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Url => url;

        public void Receive(byte[]? body) => _received.TrySetResult(body);

        /// <summary>No answer can come any more. AWS would wait out the time all the same (docs/differences.md).</summary>
        public void GiveUp(string why) => _received.TrySetException(NoAnswer($"The function failed at every attempt: {why}"));

        public CustomResourceFailure NoAnswer(string hint) => Fails($"CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [{requestId}]. {hint}");

        /// <summary>Whoever was asked may have made something: it has the generated name, by which it will be asked to delete it.</summary>
        public CustomResourceFailure Fails(string reason) => new(reason, request.PhysicalId.Length > 0 ? request.PhysicalId : request.Name);

        public void Dispose() => forget();

        /// <exception cref="TimeoutException">No answer came in time.</exception>
        public async ValueTask<Resource> Answer(TimeSpan timeout, CancellationToken stopping)
        {
            var body = await _received.Task.WaitAsync(timeout, time, stopping) ?? throw Failure("Response object is too long.");
            JsonObject answer;
            try
            {
                answer = JsonNode.Parse(body) as JsonObject ?? throw Failure("Invalid Response object: not a JSON object");
            }
            catch (JsonException)
            {
                throw Failure("Invalid Response object: not JSON");
            }

            var physical = Scalars.Text(answer["PhysicalResourceId"]);
            if (Scalars.Text(answer["Status"]) != "SUCCESS")
                throw new CustomResourceFailure($"Received response status [FAILED] from custom resource. Message returned: {Scalars.Text(answer["Reason"]) ?? "No reason given"} (RequestId: {requestId})", physical ?? request.PhysicalId);
            if (string.IsNullOrEmpty(physical)) throw Failure("Invalid PhysicalResourceId");
            var attributes = new Dictionary<string, string>();
            Flatten("", answer["Data"]);
            return new Resource(physical, attributes) { NoEcho = Scalars.Text(answer["NoEcho"]) is "true" or "True" };

            void Flatten(string prefix, JsonNode? node)
            {
                foreach (var (name, value) in node as JsonObject ?? [])
                {
                    if (value is JsonObject) Flatten(prefix + name + ".", value);
                    else attributes[prefix + name] = Scalars.Text(value) ?? value?.ToJsonString() ?? "";
                }
            }
        }

        private CustomResourceFailure Failure(string what) => new(string.Create(CultureInfo.InvariantCulture, $"{what} (RequestId: {requestId})"), request.PhysicalId);
    }
}
