using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Galley.Edge;

/// <summary>What Kestrel calls for each request. A connection's requests share one context, as they come one after the other.</summary>
internal sealed class HttpApplication(Func<HttpContext, Task> handle) : IHttpApplication<DefaultHttpContext>
{
    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> connection) return new DefaultHttpContext(contextFeatures);
        if (connection.HostContext is { } kept) kept.Initialize(contextFeatures);
        else connection.HostContext = new DefaultHttpContext(contextFeatures);
        return connection.HostContext;
    }

    public Task ProcessRequestAsync(DefaultHttpContext context) => handle(context);

    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();
}
