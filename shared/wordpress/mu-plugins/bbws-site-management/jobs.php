<?php
/**
 * Work of many calls: each does as much as fits into its time and says where to go on.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

/**
 * A copy, backup, restore or import.
 *
 * What has been done lies in the database and on disk, never in the memory of a process; a call that is cut off is
 * repeated with the cursor of the one before, and does the same again. A step that must not be begun from an earlier
 * place once it has been begun is committed first: from then on the job goes on there, whatever cursor is sent.
 */
final class Job {

	private const OPTION = 'bbws_job_';

	/** How many jobs' results are kept: a caller asks again within minutes, not after as many others. */
	private const KEPT = 1000;

	/** How long one call may work, in seconds; the caller waits longer. */
	private const SECONDS = 8;

	private float $until;

	/**
	 * A job.
	 *
	 * @param string $kind    What is done: copies, backups, restores, imports.
	 * @param string $id      The caller's id of it.
	 * @param int    $site_id The site that it is done to.
	 * @param array  $about   What must be the same in each of its calls.
	 */
	private function __construct( public readonly string $kind, public readonly string $id, public readonly int $site_id, private array $about ) {
		$this->until = microtime( true ) + self::seconds();
	}

	/**
	 * How long one call may work, in seconds.
	 */
	public static function seconds(): float {
		return defined( 'BBWS_BATCH_SECONDS' ) ? (float) BBWS_BATCH_SECONDS : self::SECONDS;
	}

	/**
	 * The arguments of a route whose job has its id in `$name`.
	 *
	 * @param string $name The id's name.
	 */
	public static function args( string $name ): array {
		return array(
			$name    => array(
				'type'     => 'string',
				'required' => true,
				'pattern'  => '^[A-Za-z0-9_-]{1,100}$',
			),
			'cursor' => array( 'type' => 'string' ),
		);
	}

	/**
	 * Goes on with a job.
	 *
	 * @param WP_REST_Request $request The request.
	 * @param string          $kind    The job's kind.
	 * @param string          $id      The job's id.
	 * @param array           $about   What must be the same in each of its calls.
	 * @param callable        $work    Gets the job and the place to go on at (null at the beginning); gives
	 *                                 array( 'at' => place, 'progress' => percent ) or array( 'result' => facts ).
	 */
	public static function go_on( WP_REST_Request $request, string $kind, string $id, array $about, callable $work ): array {
		$site_id = (int) $request['id'];
		Site::get( $site_id );
		return Lock::hold(
			"$kind $id",
			static function () use ( $request, $kind, $id, $about, $work, $site_id ) {
				$about = array( 'siteId' => $site_id ) + $about;
				$job   = new self( $kind, $id, $site_id, $about );
				$known = Database::surely( static fn() => get_network_option( null, $job->option() ) );
				if ( $known && $known['about'] !== $about ) {
					throw new Refusal( 409, 'bbws_job_conflict', 'The id belongs to another job.' );
				}
				if ( isset( $known['result'] ) ) {
					return self::done( $known['result'] );
				}
				if ( ! $known ) {
					Files::forget_old_work();
					self::forget_old_results();
					$job->note( array() );
				}
				$place   = $job->place( $request['cursor'] );
				$outcome = $work( $job, $known['at'] ?? $place );
				if ( isset( $outcome['result'] ) ) {
					$job->note( array( 'result' => $outcome['result'] ) );
					Files::remove( $job->folder() );
					return self::done( $outcome['result'] );
				}
				return array(
					'done'     => false,
					'cursor'   => $job->cursor( $outcome['at'] ),
					'progress' => max( 0, min( 99, (int) $outcome['progress'] ) ),
				);
			}
		);
	}

	/**
	 * Whether there is time for more.
	 */
	public function has_time(): bool {
		return microtime( true ) < $this->until;
	}

	/**
	 * From now on go on at a place, whatever cursor is sent: what follows must not be begun from an earlier one again.
	 *
	 * @param array $place The place.
	 */
	public function commit( array $place ): void {
		$this->note( array( 'at' => $place ) );
	}

	/**
	 * A folder of the job's own, which no visitor can read.
	 */
	public function folder(): string {
		return Files::work_folder() . '/' . md5( "$this->kind $this->id" );
	}

	/**
	 * The answer of a job that is done.
	 *
	 * @param array $result What its answers tell from then on.
	 */
	private static function done( array $result ): array {
		return array(
			'done'     => true,
			'cursor'   => null,
			'progress' => 100,
		) + $result;
	}

	/**
	 * Stores the job.
	 *
	 * @param array $more Its `result` when it is done, the place `at` which it goes on when that is committed.
	 */
	private function note( array $more ): void {
		update_network_option( null, $this->option(), array( 'about' => $this->about ) + $more );
	}

	/**
	 * Forgets the results of all but the latest jobs.
	 */
	private static function forget_old_results(): void {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- options are not looked for by a part of their name in any other way.
		$old = $wpdb->get_col( $wpdb->prepare( "SELECT meta_key FROM $wpdb->sitemeta WHERE meta_key LIKE %s ORDER BY meta_id DESC LIMIT %d, 100", $wpdb->esc_like( self::OPTION ) . '%', self::KEPT ) );
		foreach ( $old as $option ) {
			delete_network_option( null, $option );
		}
	}

	/**
	 * The name under which the job is stored.
	 */
	private function option(): string {
		return self::OPTION . md5( "$this->kind $this->id" );
	}

	/**
	 * A place as the caller carries it.
	 *
	 * @param array $place Where to go on.
	 */
	private function cursor( array $place ): string {
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- a cursor is opaque, not hidden.
		$text = strtr( base64_encode( (string) wp_json_encode( self::packed( $place ) ) ), '+/', '-_' );
		return $text . '.' . $this->seal( $text );
	}

	/**
	 * The place that a cursor stands for; null without one.
	 *
	 * @param string|null $cursor What the caller sent.
	 */
	private function place( ?string $cursor ): ?array {
		if ( null === $cursor ) {
			return null;
		}
		list( $text, $seal ) = array_pad( explode( '.', $cursor, 2 ), 2, '' );
		if ( ! hash_equals( $this->seal( $text ), $seal ) ) {
			throw new Refusal( 400, 'bbws_invalid_cursor', 'The cursor is not of this job.' );
		}
		// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- a cursor is opaque, not hidden.
		return self::unpacked( json_decode( (string) base64_decode( strtr( $text, '-_', '+/' ) ), true ) );
	}

	/**
	 * A part of a place as JSON can hold it: keys of tables and names of files may be any bytes.
	 *
	 * @param mixed $part The part.
	 * @return mixed
	 */
	private static function packed( $part ) {
		if ( is_array( $part ) ) {
			return array_map( array( self::class, 'packed' ), $part );
		}
		return is_string( $part ) && ! mb_check_encoding( $part, 'UTF-8' ) ? array( 'hex' => bin2hex( $part ) ) : $part;
	}

	/**
	 * A part of a place as it was.
	 *
	 * @param mixed $part What JSON held.
	 * @return mixed
	 */
	private static function unpacked( $part ) {
		if ( ! is_array( $part ) ) {
			return $part;
		}
		return array( 'hex' ) === array_keys( $part ) ? hex2bin( $part['hex'] ) : array_map( array( self::class, 'unpacked' ), $part );
	}

	/**
	 * What shows that a cursor is of this job and was not altered.
	 *
	 * @param string $text The cursor's place.
	 */
	private function seal( string $text ): string {
		return substr( hash_hmac( 'sha256', "$this->kind $this->id $text", wp_salt( 'nonce' ) ), 0, 24 );
	}
}
