<?php
/**
 * Who may work on a site.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

/**
 * Members of a site, page by page in the order of their ids: a shop's customers do not fit into memory, nor into a call.
 */
final class Members {

	private const PAGE = 200;

	/** The user whose deletion has begun: core takes him from the site first, where nobody would find him again. */
	private const LEAVING = 'bbws_leaving_user';

	/**
	 * Takes everybody from a site, and deletes who belongs to it alone. Whether that is done; if not, a later call goes on.
	 *
	 * @param int      $site_id  The site's id.
	 * @param callable $has_time Whether there is time for more.
	 */
	public static function delete( int $site_id, callable $has_time ): bool {
		require_once ABSPATH . 'wp-admin/includes/ms.php';
		require_once ABSPATH . 'wp-admin/includes/user.php';
		$delete  = static function ( int $user_id ) use ( $site_id ) {
			if ( self::is_alone( $user_id, $site_id ) ) {
				update_site_meta( $site_id, self::LEAVING, $user_id );
				wpmu_delete_user( $user_id );
				self::require_gone( $user_id );
			} else {
				remove_user_from_blog( $user_id, $site_id );
			}
		};
		$cut_off = (int) get_site_meta( $site_id, self::LEAVING, true );
		if ( $cut_off ) {
			$delete( $cut_off );
		}
		return null === self::each( $site_id, 0, $has_time, $delete );
	}

	/**
	 * Ends the work when a user is still there: core does not tell.
	 *
	 * @param int $user_id The user's id.
	 * @throws Refusal 500 when he is.
	 */
	private static function require_gone( int $user_id ): void {
		global $wpdb;
		if ( Database::column( $wpdb->prepare( "SELECT ID FROM $wpdb->users WHERE ID = %d", $user_id ) ) ) {
			throw new Refusal( 500, 'bbws_user_not_deleted', 'A user of the site could not be deleted.' );
		}
	}

	/**
	 * Makes the members of a site those of another one, in their first role there; where a later call goes on, null when
	 * that is done.
	 *
	 * @param int      $source   The id of the site whose members are to be members.
	 * @param int      $target   The id of the site whose members they are to be.
	 * @param array    $place    Behind whom to go on: first with those who are `leaving`, then with the `members`.
	 * @param callable $has_time Whether there is time for more.
	 */
	public static function copy( int $source, int $target, array $place, callable $has_time ): ?array {
		if ( isset( $place['leaving'] ) ) {
			$remove = static function ( int $user_id ) use ( $source, $target ) {
				if ( ! metadata_exists( 'user', $user_id, self::capabilities( $source ) ) ) {
					remove_user_from_blog( $user_id, $target );
				}
			};
			$last   = self::each( $target, $place['leaving'], $has_time, $remove );
			if ( null !== $last ) {
				return array( 'leaving' => $last );
			}
		}
		$roles = array_keys( (array) get_blog_option( $source, self::prefix( $source ) . 'user_roles', array() ) );
		$add   = static fn( int $user_id ) => add_user_to_blog( $target, $user_id, self::role( $user_id, $source, $roles ) );
		$last  = self::each( $source, $place['members'] ?? 0, $has_time, $add );
		return null === $last ? null : array( 'members' => $last );
	}

	/**
	 * A member's first role on a site.
	 *
	 * @param int      $user_id The user's id.
	 * @param int      $site_id The site's id.
	 * @param string[] $roles   The site's roles; what else stands beside them are single capabilities.
	 */
	private static function role( int $user_id, int $site_id, array $roles ): string {
		$own = array_keys( array_filter( (array) get_user_meta( $user_id, self::capabilities( $site_id ), true ) ) );
		return (string) ( array_values( array_intersect( $own, $roles ) )[0] ?? 'subscriber' );
	}

	/**
	 * Whether a user belongs to no other site, and does not run the network.
	 *
	 * @param int $user_id The user's id.
	 * @param int $site_id The site's id.
	 */
	private static function is_alone( int $user_id, int $site_id ): bool {
		$sites = Database::surely( static fn() => array_keys( get_blogs_of_user( $user_id, true ) ) );
		return ! array_diff( $sites, array( $site_id ) ) && ! is_super_admin( $user_id );
	}

	/**
	 * Does something to each member behind one; the last to whom it was done when the time is over, null when it was
	 * done to all. It is done to one at least.
	 *
	 * @param int      $site_id  The site's id.
	 * @param int      $last     The id of the last member to whom it was done.
	 * @param callable $has_time Whether there is time for more.
	 * @param callable $work     Gets a user's id.
	 */
	private static function each( int $site_id, int $last, callable $has_time, callable $work ): ?int {
		$has_begun = false;
		do {
			$page = self::behind( $site_id, $last );
			foreach ( $page as $user_id ) {
				if ( $has_begun && ! $has_time() ) {
					return $last;
				}
				$work( $user_id );
				$last      = $user_id;
				$has_begun = true;
			}
			// Core keeps what it knows of each user until the request ends.
			wp_cache_delete_multiple( $page, 'user_meta' );
		} while ( $page );
		return null;
	}

	/**
	 * The next members of a site.
	 *
	 * @param int $site_id The site's id.
	 * @param int $last    The id of the member behind whom they come.
	 * @return int[]
	 */
	private static function behind( int $site_id, int $last ): array {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- WP_User_Query knows no "behind".
		$sql = $wpdb->prepare( "SELECT DISTINCT user_id FROM $wpdb->usermeta WHERE meta_key = %s AND user_id > %d ORDER BY user_id LIMIT %d", self::capabilities( $site_id ), $last, self::PAGE );
		return array_map( 'intval', Database::column( $sql ) );
	}

	/**
	 * The key under which a user has capabilities on a site, which makes him a member.
	 *
	 * @param int $site_id The site's id.
	 */
	private static function capabilities( int $site_id ): string {
		return self::prefix( $site_id ) . 'capabilities';
	}

	/**
	 * What the names of a site's tables and roles begin with.
	 *
	 * @param int $site_id The site's id.
	 */
	private static function prefix( int $site_id ): string {
		global $wpdb;
		return $wpdb->get_blog_prefix( $site_id );
	}
}
