namespace Galley.Cli;

/// <summary>Something the user can mend; the message says how.</summary>
internal sealed class CliException(string message, Exception? inner = null) : Exception(message, inner);
