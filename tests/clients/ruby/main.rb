# frozen_string_literal: true

# Runs every case with the generated Ruby client; started by tests/clients/run with the file of cases.

require_relative 'calls'

MAX_EMPTY_PAGES = 100

def run(test)
  calls = Calls.new(*test.values_at(:endpoint, :project_id, :token))
  case test[:kind]
  when 'pages' then compare(test[:expect], read_pages(calls, test))
  when 'calls'
    test[:calls].each_with_object([]) do |call, results|
      arguments = call[:arguments].dup
      number = arguments.delete(:marker_of)
      arguments[:marker] = results[number - 1][:marker] if number
      results << run_call(calls, call, arguments)
    end
  else raise "unknown kind #{test[:kind]}"
  end
end

def run_call(calls, call, arguments)
  result = calls.call(call[:operation], arguments)
  raise 'the client did not reject an invalid value' if call[:invalid]

  compare(call[:expect], result)
  result
rescue ArgumentError
  raise unless call[:invalid]
end

# Reads a whole list; openapi/README.md describes where it ends.
def read_pages(calls, test)
  read = { sizes: [], totals: [], records: [], end: nil }
  read[:end] = catch(:end) { read_all(calls, test, read) }
  read
rescue UndocumentedResponse
  read.merge(end: 'undocumented')
end

def read_all(calls, test, read)
  arguments = test[:arguments].dup
  first_count = last_count = empty_pages = 0
  by_offset = false
  loop do
    page = calls.call(test[:operation], arguments)
    sent, offset = arguments.fetch(:marker, 'f' * 24), arguments.fetch(:offset, 0)
    raise "the page after marker #{sent} has status #{page[:status]}" unless page[:status] == 200

    records, marker, total = page[:records] || [], page[:marker].to_s, page[:total]
    read[:sizes] << records.size
    read[:totals] << total
    read[:records] += records
    last_count = total if total&.positive?
    first_count = last_count if first_count.zero?
    empty_pages = records.empty? ? empty_pages + 1 : 0
    throw :end, 'endless' if empty_pages > MAX_EMPTY_PAGES

    if !marker.empty? && marker.downcase < sent.downcase
      arguments = arguments.except(:offset).merge(marker: marker)
    elsif records.any? && !marker.empty?
      throw :end, 'endless'
    elsif records.any? && [first_count, last_count].max > read[:records].size
      arguments[:offset] = offset + records.size
      by_offset = true
    else
      # If a record is removed, an offset skips another one.
      counted = by_offset ? [first_count, last_count].max : [first_count, last_count].min
      throw :end, read[:records].size >= counted ? 'complete' : 'incomplete'
    end
  end
end

def compare(expect, result)
  records = result[:records]
  expect.each do |what, expected|
    got =
      case what
      when :first then records.first
      when :last then records.last
      when :distinct then records.map { |record| record[expected.to_sym] }.compact.uniq.size
      when :numbered then records.map { |record| record[expected[:field].to_sym] }
      else result.fetch(what)
      end
    expected = records.size if what == :distinct
    expected = numbered_texts(**expected) if what == :numbered
    raise "#{what}: got #{got.to_json}, expected #{expected.to_json}" unless got == expected
  end
end

# Returns the texts for all numbers from `from` to `to`.
def numbered_texts(prefix:, from:, to:, **)
  from.step(to, from <= to ? 1 : -1).map { |number| "#{prefix}#{number}" }
end

tests = File.readlines(ARGV.first).map { |line| JSON.parse(line, symbolize_names: true) }
failed = tests.reject do |test|
  run(test)
  puts "passed  ruby: #{test[:name]}"
  true
rescue StandardError => e # Any failure: continue with the other cases.
  puts "FAILED  ruby: #{test[:name]}: #{e.class}: #{e.message}"
end
exit(failed.empty?)
