using System.Text;

namespace Galley.Cognito;

/// <summary>Comma-separated lines as RFC 4180 has them, and AWS's own escape of a comma by a backslash.</summary>
internal static class Csv
{
    public static List<List<string>> Read(string text)
    {
        var lines = new List<List<string>>();
        var line = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c != '"') field.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
                else quoted = false;
            }
            else if (c == '"') quoted = true;
            else if (c == '\\' && i + 1 < text.Length && text[i + 1] == ',') field.Append(text[++i]);
            else if (c == ',') Next();
            else if (c == '\n') End();
            else if (c is not ('\r' or '\uFEFF')) field.Append(c);
        }

        End();
        return lines;

        void Next()
        {
            line.Add(field.ToString());
            field.Clear();
        }

        void End()
        {
            if (line.Count == 0 && field.Length == 0) return;
            Next();
            lines.Add(line);
            line = [];
        }
    }
}
