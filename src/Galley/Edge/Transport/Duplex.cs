using System.IO.Pipelines;

namespace Galley.Edge.Transport;

/// <summary>Both ways of a connection, as the layer above reads and writes them.</summary>
internal sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
