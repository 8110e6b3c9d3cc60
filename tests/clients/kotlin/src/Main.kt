// Runs every case with the generated Kotlin client; started by tests/clients/run with the file of cases.

import java.io.File
import kotlin.system.exitProcess
import org.openapitools.client.infrastructure.Serializer

private const val MAX_EMPTY_PAGES = 100

private val json = Serializer.moshi.adapter(Any::class.java).serializeNulls()

private typealias Fields = Map<String, Any?>

@Suppress("UNCHECKED_CAST")
private fun Any?.fields() = this as Fields

private fun Fields.text(name: String) = get(name) as String

fun main(arguments: Array<String>) {
    val failed = File(arguments[0]).readLines().map { json.fromJson(it).fields() }.count { test ->
        val error = runCatching { run(test) }.exceptionOrNull()
        println(if (error == null) "passed  kotlin: ${test["name"]}" else "FAILED  kotlin: ${test["name"]}: $error")
        error != null
    }
    exitProcess(if (failed > 0) 1 else 0)
}

private fun run(test: Fields) {
    val calls = Calls(test.text("endpoint"), test.text("project_id"), test["token"] as String?)
    when (test["kind"]) {
        "pages" -> compare(test["expect"].fields(), Pages(calls, test).read())
        "calls" -> {
            val results = mutableListOf<Result>()
            for (call in (test["calls"] as List<*>).map { it.fields() }) {
                val arguments = call["arguments"].fields().toMutableMap()
                (arguments.remove("marker_of") as Number?)?.let { arguments["marker"] = results[it.toInt() - 1].marker }
                val result = calls.call(call.text("operation"), arguments)
                compare(call["expect"].fields(), fieldsOf(result))
                results += result
            }
        }
        else -> error("unknown kind ${test["kind"]}")
    }
}

private fun fieldsOf(result: Result): Fields = mapOf(
    "status" to result.status, "error_code" to result.errorCode, "records" to result.records,
    "total" to result.total, "marker" to result.marker,
)

/** A list that is read; `end` says how it ends. */
private class Pages(private val calls: Calls, private val test: Fields) {
    private val sizes = mutableListOf<Int>()
    private val totals = mutableListOf<Long?>()
    private val records = mutableListOf<Map<String, String?>>()

    fun read(): Fields {
        val end = try {
            readToEnd()
        } catch (_: UndocumentedResponse) {
            "undocumented"
        }
        return mapOf("sizes" to sizes, "totals" to totals, "records" to records, "end" to end)
    }

    /** Reads a whole list; openapi/README.md describes where it ends. */
    private fun readToEnd(): String {
        val arguments = test["arguments"].fields().toMutableMap()
        var sent = "f".repeat(24)
        var firstCount = 0L
        var lastCount = 0L
        var emptyPages = 0
        var offset = 0
        var byOffset = false
        while (true) {
            val page = calls.call(test.text("operation"), arguments)
            check(page.status == 200) { "the page after marker $sent has status ${page.status}" }
            val size = page.records.orEmpty().size
            sizes += size
            totals += page.total
            records += page.records.orEmpty()
            lastCount = page.total?.takeIf { it > 0 } ?: lastCount
            if (firstCount == 0L) firstCount = lastCount
            emptyPages = if (size > 0) 0 else emptyPages + 1
            val marker = page.marker.orEmpty()
            when {
                emptyPages > MAX_EMPTY_PAGES -> return "endless"
                marker.isNotEmpty() && marker.lowercase() < sent.lowercase() -> {
                    sent = marker
                    offset = 0
                    arguments["marker"] = marker
                    arguments -= "offset"
                }
                size > 0 && marker.isNotEmpty() -> return "endless"
                size > 0 && maxOf(firstCount, lastCount) > records.size -> {
                    offset += size
                    byOffset = true
                    arguments["offset"] = offset
                }
                else -> {
                    // If a record is removed, an offset skips another one.
                    val counted = if (byOffset) maxOf(firstCount, lastCount) else minOf(firstCount, lastCount)
                    return if (records.size >= counted) "complete" else "incomplete"
                }
            }
        }
    }
}

/** Compares the JSON forms, because expectations are written in JSON. */
private fun compare(expect: Fields, result: Fields) {
    val actual = json.fromJson(json.toJson(result)).fields()
    val records = (actual["records"] as List<*>?).orEmpty().map { it.fields() }
    for ((what, expected) in expect) {
        when (what) {
            "first" -> equal(what, records.first(), expected)
            "last" -> equal(what, records.last(), expected)
            "distinct" -> equal(what, records.mapNotNull { it[expected] }.toSet().size, records.size)
            "numbered" -> {
                val numbered = expected.fields()
                equal(what, records.map { it[numbered["field"]] }, numberedTexts(numbered))
            }
            else -> {
                require(what in actual) { "unknown expectation $what" }
                equal(what, actual[what], expected)
            }
        }
    }
}

private fun equal(what: String, got: Any?, expected: Any?) = check(got == expected) { "$what: got $got, expected $expected" }

/** Returns the texts for all numbers from `from` to `to`. */
private fun numberedTexts(numbered: Fields): List<String> {
    val (from, to) = listOf("from", "to").map { (numbered[it] as Number).toInt() }
    val numbers = if (from <= to) from..to else from downTo to
    return numbers.map { "${numbered["prefix"]}$it" }
}
