using System.Buffers;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Edge;

/// <summary>
/// The only way to an AWS operation (design D2): identify the service and the operation, verify the signature, read the request,
/// authorize it, run it, render the answer or the error.
/// </summary>
internal sealed class AwsApi(Installation installation, IReadOnlyList<AwsService> services, IIdentifyCallers callers, IAuthorizeCalls authorization, Explain explain)
{
    private const int TrustedLength = 64 << 10;

    private readonly AwsService[] _services = [.. services];

    public async Task Serve(ApiRequest request, HostNames.Meaning host)
    {
        if (host.Id.Length == 0 && IsUnsignedForm(request)) await ReadAhead(request);
        await Serve(request, ServiceOf(request, host), host.Id);
    }

    /// <param name="request">The request.</param>
    /// <param name="service">Whose it is.</param>
    /// <param name="named">The service that the host names, or empty.</param>
    public async Task Serve(ApiRequest request, AwsService service, string named = "")
    {
        var requestId = service.NewRequestId(installation.Ids);
        var trail = Doors.TrailOf(installation, request.Http, requestId, request.RawPath, request.HostName);
        trail.Service = service.SigningName;
        using var span = Telemetry.Serve(service.SigningName, request.Http);
        var begun = Telemetry.Measures ? installation.Time.GetTimestamp() : 0;
        Reply reply;
        try
        {
            reply = !installation.Options.AnyCredentials && BrowserCalls.Preflight(request, service, named) is { } preflight ? preflight : await Run(request, service, requestId, trail);
        }
        catch (AwsError error)
        {
            trail.Add(error);
            reply = service.RenderError(error, requestId);
        }
        catch (BadHttpRequestException e)
        {
            // not the service's to answer: the connection is at its end
            trail.Refuse("http", e.Message);
            trail.Status = e.StatusCode;
            explain.Keep(trail);
            throw;
        }
        catch (Exception e) when (e is not OperationCanceledException || !request.Http.RequestAborted.IsCancellationRequested)
        {
            trail.Refuse("answer", "Galley itself failed; its log has this request id");
            installation.Log($"error: request {requestId}: {request.Method} {request.RawPath}: {e}");
            reply = service.RenderError(new AwsError("InternalFailure", "The request processing has failed because of an unknown error, exception or failure.", 500), requestId);
        }

        trail.Status = reply.Status;
        explain.Keep(trail);
        span?.SetTag("http.response.status_code", reply.Status).SetTag("aws.request_id", requestId).SetStatus(reply.Status >= 500 ? System.Diagnostics.ActivityStatusCode.Error : System.Diagnostics.ActivityStatusCode.Unset);
        span?.Stop(); // before the answer, as the measure: who has the answer finds the span
        if (begun != 0) Telemetry.Served(service.SigningName, reply.Status, installation.Time.GetElapsedTime(begun));
        reply = service.Pack(request, reply);
        service.Finish(request, reply);
        if (!installation.Options.AnyCredentials) BrowserCalls.Finish(request, service, reply);
        await Send(request, service, reply, requestId);
    }

    private async ValueTask<Reply> Run(ApiRequest request, AwsService service, string requestId, Trail trail)
    {
        if (service.BuffersBody && request.Body.IsEmpty) request.Body = await ReadBody(request, service);
        if (service.AnswerPlainHttp(request) is { } plain) return plain;
        if (await service.AnswerUnsigned(request) is { } unsigned) return unsigned;
        var operation = service.Identify(request);
        trail.Operation = operation.Name;
        installation.Ids.Begin(operation.Name);
        var http = request.Http;
        var caller = operation.Unsigned
            ? null
            : await SigV4.Authenticate(request, service, operation, installation.SignatureRules(http, installation.Region, installation.Account), callers.Find, trail);
        var call = new Call
        {
            RequestId = requestId,
            Account = installation.Account,
            Region = SigV4.RegionOf(request) ?? installation.Region,
            Principal = caller ?? Principal.Anonymous,
            Cancellation = http.RequestAborted,
            Trail = trail,
            SourceIp = http.Connection.RemoteIpAddress?.ToString() ?? "127.0.0.1",
            // A signed call over loopback crosses no network: templates that ask for TLS (`aws:SecureTransport`) are not to be weakened for it.
            Secure = http.Request.IsHttps || caller is not null && !Listening.IsElsewhere(http.Connection.LocalIpAddress),
            UserAgent = http.Request.Headers.UserAgent.ToString(),
            Host = http.Request.Host.Value ?? "",
            IsHttps = http.Request.IsHttps,
        };
        service.Unpack(request);
        var bound = operation.Bind(request);
        if (!operation.Unsigned && !bound.AuthorizesItself) await authorization.Authorize(call, service, operation, bound);
        if (System.Diagnostics.Activity.Current is { OperationName: var named } span && named == service.SigningName) Hops.Name(span, service, operation, bound, call);
        if (installation.Options.Faults is not null && await Hops.AtOperation(installation, request, service, operation, bound, call) is { } harmed) return harmed;
        return await bound.Run(call);
    }

    /// <summary>Signing name, target, form version, path: in this order, as every real client can be told apart (aws endpoints §1).</summary>
    private AwsService ServiceOf(ApiRequest request, HostNames.Meaning host)
    {
        if (host.Kind == HostKind.S3Bucket && SigV4.ServiceOf(request) is { } signed)
            foreach (var service in _services)
                if (service.IsAskedByAccount && service.SigningName == signed)
                    return service;
        var name = host.Kind == HostKind.S3Bucket ? "s3" : SigV4.ServiceOf(request) ?? (host.Id.Length > 0 ? host.Id : null);
        if (host.Kind == HostKind.AwsApi && request.Header("Authorization") is null)
            foreach (var service in _services)
                if (service.OwnsPath(request))
                    return service;
        foreach (var service in _services)
            if (service.SigningName == name && service.Claims(request))
                return service;
        if (request.Target is not null)
        {
            foreach (var service in _services)
                if (service.Protocol is Protocol.AwsJson10 or Protocol.AwsJson11 && service.Claims(request))
                    return service;
            // nobody's: the service that was meant says so in its own words
            if (Array.Find(_services, service => service.SigningName == name && service.Protocol is Protocol.AwsJson10 or Protocol.AwsJson11) is { } meant) return meant;
        }

        if (name is null && IsUnsignedForm(request) && _services.FirstOrDefault(service => service.Protocol == Protocol.Query && service.Claims(request)) is { } query)
            return query;
        foreach (var service in _services)
            if (service.Protocol == Protocol.RestJson && service.Claims(request))
                return service;
        return _services.FirstOrDefault(service => service.SigningName == "s3") ?? _services[0];
    }

    private static bool IsUnsignedForm(ApiRequest request)
        => request.Header("Authorization") is null && request.Header("Content-Type")?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Nothing but its Version tells whose an unsigned form is (AssumeRoleWithWebIdentity). What is too long is refused when the service reads it.</summary>
    private async ValueTask ReadAhead(ApiRequest request)
    {
        const long longest = 256 << 10;
        if (request.Http.Request.ContentLength is <= longest && _services.FirstOrDefault(service => service.Protocol == Protocol.Query) is { } query) request.Body = await ReadBody(request, query);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadBody(ApiRequest request, AwsService service)
    {
        var (http, limit) = (request.Http, service.MaxBody);
        if (http.Request.ContentLength > limit) throw service.TooLarge(request);
        if (http.Request.ContentLength is <= TrustedLength and { } length)
        {
            var exact = new byte[length];
            for (var at = 0; at < exact.Length;)
            {
                var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
                if (read.IsCanceled || read.IsCompleted && read.Buffer.IsEmpty) throw new EndOfStreamException();
                var some = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, exact.Length - at));
                some.CopyTo(exact.AsSpan(at));
                at += (int)some.Length;
                http.Request.BodyReader.AdvanceTo(some.End);
            }

            return exact;
        }

        // a great length is only a promise: memory is taken as the bytes come
        using var body = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(TrustedLength);
        try
        {
            for (int read; (read = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0;)
            {
                if (body.Length + read > limit) throw service.TooLarge(request);
                body.Write(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static async Task Send(ApiRequest request, AwsService service, Reply reply, string requestId)
    {
        var response = request.Http.Response;
        response.StatusCode = reply.Status;
        response.Headers[service.RequestIdHeader] = requestId;
        foreach (var (name, value) in reply.Headers) response.Headers.Append(name, value);
        if (request.Method == "HEAD" || reply.Status is 204 or 304) return;
        if (reply.Stream is not null)
        {
            await reply.Stream(response.Body, request.Http.RequestAborted);
            return;
        }

        response.ContentLength = reply.Body.Length;
        if (reply.Body.Length > 0) await response.BodyWriter.WriteAsync(reply.Body, request.Http.RequestAborted);
        reply.Rented?.Dispose();
    }
}
