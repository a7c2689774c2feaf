using System.Net;
using Microsoft.AspNetCore.Http;

namespace Galley.ApiGateway.Invoke;

/// <summary>A request's body on its way to an HTTP integration, each piece sent as it comes.</summary>
internal sealed class PassedBody : HttpContent
{
    private const int Piece = 32 << 10;
    private readonly HttpRequest _request;

    public PassedBody(HttpRequest request)
    {
        _request = request;
        Headers.ContentLength = request.ContentLength;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            long total = 0;
            for (int read; (read = await _request.Body.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                if ((total += read) > HttpApi.MaxBody) throw TooLarge();
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                await stream.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public static BadHttpRequestException TooLarge() => new("The body is larger than 10 MB.", StatusCodes.Status413RequestEntityTooLarge);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
